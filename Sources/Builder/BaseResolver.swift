import Dockerfile
import OCI
import Spelling

/// Finds and pulls every image, and opens every named context, that a build needs: all at the same time.
struct BaseResolver {
    let source: any ImageSource
    let contexts: ContextNames
    let platform: Platform
    let tell: @Sendable (BuildProgress) -> Void
    private(set) var images: [Key: BaseImage] = [:]
    /// Named contexts that are files.
    private(set) var trees: [Key: any FileTree] = [:]

    /// An image or a named context as a Dockerfile asks for it.
    struct Key: Hashable, Sendable {
        var reference: String
        var platform: String?
        var isContext = false

        /// - Parameter name: as the Dockerfile has it.
        static func context(_ name: String, platform: String? = nil) -> Key {
            Key(reference: ContextNames.canonical(name), platform: platform, isContext: true)
        }
    }

    init(
        source: any ImageSource, contexts: ContextNames, platform: Platform,
        tell: @escaping @Sendable (BuildProgress) -> Void
    ) {
        self.source = source
        self.contexts = contexts
        self.platform = platform
        self.tell = tell
    }

    /// Something that is still to be brought, and what brings it.
    private struct Wanted: Sendable {
        var key: Key
        var name: String
        var range: SourceRange
        var open: @Sendable (Platform) async throws -> NamedContext
        /// The stages that a misspelt name may mean.
        var stages: [String] = []
        /// Whether a stage stands on it.
        var isBase = false
    }

    /// Resolves all images and contexts of a plan. The triggers that base images bring may name more of them: they are
    /// added to the plan that is returned.
    mutating func resolve(_ plan: BuildPlan) async throws -> BuildPlan {
        var plan = plan
        var triggered: Set<Int> = []
        while true {
            let missing = try wanted(by: plan).filter { images[$0.key] == nil && trees[$0.key] == nil }
            guard missing.isEmpty else {
                try await bring(missing)
                continue
            }
            guard let next = try nextTriggers(plan, except: triggered) else { return plan }
            triggered.insert(next.stage)
            plan = try plan.adding(triggers: next.texts, of: next.image, to: next.stage)
        }
    }

    private func wanted(by plan: BuildPlan) throws -> [Wanted] {
        let (source, tell) = (source, tell)
        let stages = plan.dockerfile.stages.compactMap(\.name)
        let images = plan.images.map { use in
            Wanted(
                key: Key(use), name: use.reference, range: use.range,
                open: { platform in
                    .image(
                        try await source.image(use.reference, platform: platform) { bytes, total in
                            tell(.received(reference: use.reference, bytes: bytes, total: total))
                        })
                },
                stages: use.place == .from ? [] : stages, isBase: use.place == .from)
        }
        let opened = try plan.contextUses().map { use in
            guard let context = contexts[use.name] else {
                throw DockerfileError(use.range, "the build has no context named `\(use.name)`")
            }
            return Wanted(
                key: .context(use.name, platform: use.platform), name: use.name, range: use.range,
                open: { try await context.open(for: $0) })
        }
        return images + opened
    }

    private func nextTriggers(
        _ plan: BuildPlan, except done: Set<Int>
    ) throws -> (stage: Int, texts: [String], image: String)? {
        let ofImages = plan.images.filter { $0.place == .from }.map { (Key($0), $0.stage, $0.reference) }
        let ofContexts = try plan.contextUses().compactMap { use in
            // A context that stands in for a whole stage has nothing left to do.
            use.base.flatMap { $0.isReplaced ? nil : $0.stage.index }
                .map { (Key.context(use.name, platform: use.platform), $0, use.name) }
        }
        for (key, stage, name) in ofImages + ofContexts where !done.contains(stage) {
            if let texts = images[key]?.config.execution.onBuild, !texts.isEmpty {
                return (stage, texts, name)
            }
        }
        return nil
    }

    private mutating func bring(_ missing: [Wanted]) async throws {
        let wanted = Dictionary(missing.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let platform = platform
        let brought = try await withThrowingTaskGroup(of: (Key, NamedContext).self) { group in
            for (key, one) in wanted {
                tell(.resolving(reference: one.name))
                group.addTask { (key, try await Self.bring(one, platform)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (key, context) in brought {
            switch context {
            case .image(let image): images[key] = image
            case .tree(let tree): trees[key] = tree
            }
        }
    }

    private static func bring(_ wanted: Wanted, _ standard: Platform) async throws -> NamedContext {
        var platform = standard
        if let text = wanted.key.platform {
            guard let named = Platform(text) else {
                throw DockerfileError(
                    wanted.range, "`\(text)` is no platform", hint: "write one such as `linux/amd64`")
            }
            platform = named
        }
        do {
            let context = try await wanted.open(platform)
            if case .image(let image) = context, wanted.isBase { try image.check(platform) }
            return context
        } catch let error as ImageReferenceError {
            throw DockerfileError(wanted.range, "\(error)")
        } catch let error as BuildError {
            let near = Spelling.nearest(to: wanted.name, among: wanted.stages)
            let hint = near.map { "did you mean the stage `\($0)`?" } ?? error.hint
            throw DockerfileError(wanted.range, error.message, hint: hint)
        } catch { throw LocatedError.at(wanted.range, error) }
    }

    /// The images that the plan looked at, in the order of the Dockerfile; those that came as named contexts behind those
    /// that it names.
    func used(_ plan: BuildPlan) throws -> [UsedBase] {
        let named = plan.images.compactMap { use in
            images[Key(use)].map { image in
                UsedBase(
                    reference: image.reference, digest: image.digest, isRuntime: use.isRuntime,
                    line: use.range.start.line, instruction: use.place.rawValue)
            }
        }
        let root = plan.runtimeRoot
        let contexts = try plan.contextUses().compactMap { use in
            images[.context(use.name, platform: use.platform)].map { image in
                UsedBase(
                    reference: image.reference, digest: image.digest,
                    isRuntime: use.base?.stage.index == root, line: use.range.start.line,
                    instruction: use.place.rawValue)
            }
        }
        return named + contexts
    }
}

extension BaseResolver.Key {
    init(_ use: BaseImageUse) { self.init(reference: use.reference, platform: use.platform) }
}
