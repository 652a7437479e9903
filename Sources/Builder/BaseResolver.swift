import Dockerfile
import OCI
import Spelling

/// Finds and pulls every image that a build needs, all at the same time.
struct BaseResolver {
    let source: any ImageSource
    let platform: Platform
    let tell: @Sendable (BuildProgress) -> Void
    private(set) var images: [Key: BaseImage] = [:]

    /// An image as a Dockerfile asks for it.
    struct Key: Hashable, Sendable {
        var reference: String
        var platform: String?
    }

    init(source: any ImageSource, platform: Platform, tell: @escaping @Sendable (BuildProgress) -> Void) {
        self.source = source
        self.platform = platform
        self.tell = tell
    }

    /// Resolves all images of a plan. The triggers that base images bring may name more of them: they are added to the
    /// plan that is returned.
    mutating func resolve(_ plan: BuildPlan) async throws -> BuildPlan {
        var plan = plan
        var triggered: Set<Int> = []
        while true {
            let missing = plan.images.filter { images[Key($0)] == nil }
            guard missing.isEmpty else {
                try await pull(missing, stages: plan.dockerfile.stages.compactMap(\.name))
                continue
            }
            guard let next = nextTriggers(plan, except: triggered) else { return plan }
            triggered.insert(next.stage)
            plan = try plan.adding(triggers: next.texts, of: next.image, to: next.stage)
        }
    }

    private func nextTriggers(
        _ plan: BuildPlan, except done: Set<Int>
    ) -> (stage: Int, texts: [String], image: String)? {
        for use in plan.images where use.place == .from && !done.contains(use.stage) {
            if let texts = images[Key(use)]?.config.execution.onBuild, !texts.isEmpty {
                return (use.stage, texts, use.reference)
            }
        }
        return nil
    }

    private mutating func pull(_ uses: [BaseImageUse], stages: [String]) async throws {
        let wanted = Dictionary(uses.map { (Key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let (source, platform) = (source, platform)
        let pulled = try await withThrowingTaskGroup(of: (Key, BaseImage).self) { group in
            for (key, use) in wanted {
                tell(.resolving(reference: use.reference))
                group.addTask { (key, try await Self.pull(use, source, platform, stages: stages)) }
            }
            var pulled: [(Key, BaseImage)] = []
            for try await image in group { pulled.append(image) }
            return pulled
        }
        for (key, image) in pulled { images[key] = image }
    }

    private static func pull(
        _ use: BaseImageUse, _ source: any ImageSource, _ standard: Platform, stages: [String]
    ) async throws -> BaseImage {
        var platform = standard
        if let text = use.platform {
            guard let wanted = Platform(text) else {
                throw DockerfileError(
                    use.range, "`\(text)` is no platform", hint: "write one such as `linux/amd64`")
            }
            platform = wanted
        }
        do {
            return try await source.image(use.reference, platform: platform)
        } catch let error as ImageReferenceError {
            throw DockerfileError(use.range, "\(error)")
        } catch let error as BuildError {
            let near = use.place == .from ? nil : Spelling.nearest(to: use.reference, among: stages)
            let hint = near.map { "did you mean the stage `\($0)`?" } ?? error.hint
            throw DockerfileError(use.range, error.message, hint: hint)
        }
    }

    /// What the plan looked at, in the order of the Dockerfile.
    func used(_ plan: BuildPlan) -> [UsedBase] {
        plan.images.compactMap { use in
            images[Key(use)].map { image in
                UsedBase(
                    reference: image.reference, digest: image.digest, isRuntime: use.isRuntime,
                    line: use.range.start.line, instruction: use.place.rawValue)
            }
        }
    }
}

extension BaseResolver.Key {
    init(_ use: BaseImageUse) { self.init(reference: use.reference, platform: use.platform) }
}
