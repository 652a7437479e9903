import Archive
import Dockerfile
import OCI

/// The named contexts that a build uses, open.
struct BuildContexts: Sendable {
    /// Those that are files, by what asked for them.
    let trees: [BaseResolver.Key: any FileTree]
    let images: ImageStages
    let maker: LayerMaker

    /// Whether a context is an image, whose owners and times are its own.
    func isImage(_ name: String) -> Bool { trees[.context(name)] == nil }

    /// What `COPY --from` and mounts see of a context. Blocks.
    func source(named name: String) throws -> SourceTree {
        if let tree = trees[.context(name)] { return .context(tree) }
        return .stage(try images.settledStage(on: .context(name)))
    }

    /// A stage that stands on a context; files become its one layer. Blocks.
    func stage(on name: String, platform: Platform, writtenAs text: String?, epoch: Int64) throws
        -> StageState
    {
        let key = BaseResolver.Key.context(name, platform: text)
        guard let tree = trees[key] else { return try images.stage(on: key) }
        var stage = StageState(platform: platform)
        let root = SourceFinder.Found(node: try tree.node(at: "") ?? .root, name: "")
        var plan = LayerPlan(over: LayeredTree(), epoch: epoch)
        try plan.copy(root, CopyRequest(sources: [], destination: "/"), from: tree)
        let entries = plan.entries
        guard !entries.isEmpty else { return stage }
        stage.add(try maker.make(entries))
        stage.note("FROM \(name)", created: RFC3339.text(epoch), isEmptyLayer: false)
        return stage
    }
}

extension BuildPlan {
    /// A place where a Dockerfile uses a named context.
    struct ContextUse {
        var name: String
        var range: SourceRange
        var place: BaseImageUse.Place
        /// `--platform` of a `FROM`, expanded.
        var platform: String?
        /// The stage that stands on it; `nil` where its files are only copied or mounted.
        var base: PlannedStage?
    }

    /// Every use of a named context, in the order of the file.
    func contextUses() throws(DockerfileError) -> [ContextUse] {
        var uses: [ContextUse] = []
        for planned in stages {
            if case .context(let name) = planned.base {
                uses.append(
                    ContextUse(
                        name: name, range: planned.stage.base.range, place: .from, platform: planned.platform,
                        base: planned
                    ))
            }
            for instruction in planned.instructions {
                for (name, range) in try contexts(of: instruction) {
                    let place = instruction.keyword == .copy ? BaseImageUse.Place.copyFrom : .mountFrom
                    uses.append(ContextUse(name: name, range: range, place: place))
                }
            }
        }
        return uses
    }

    /// The stage at the end of the target's chain of stages: what it stands on is under the built image.
    var runtimeRoot: Int {
        var root = target
        // A base is always an earlier stage, so that going backwards meets the chain in its order.
        for planned in stages.reversed() where planned.stage.index == root {
            if case .stage(let base) = planned.base { root = base }
        }
        return root
    }

    private func contexts(
        of instruction: Instruction
    ) throws(DockerfileError) -> [(name: String, range: SourceRange)] {
        switch instruction.action {
        case .copy(let copy):
            guard let from = copy.from, case .context(let name) = try origin(of: copy) else { return [] }
            return [(name, from.range)]
        case .run(let run):
            return run.mounts.compactMap { mount in
                guard let from = mount.from, case .context(let name) = origin(ofMount: from) else {
                    return nil
                }
                return (name, mount.word.range)
            }
        default: return []
        }
    }
}
