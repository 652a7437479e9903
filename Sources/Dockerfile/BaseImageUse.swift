/// A place in a Dockerfile that names an image from elsewhere.
package struct BaseImageUse: Hashable, Sendable {
    package enum Place: String, Hashable, Sendable {
        case from = "FROM"
        case copyFrom = "COPY --from"
        case mountFrom = "RUN --mount=from"
    }

    /// As it is written, its variables replaced; not checked to be a reference.
    package var reference: String
    package var place: Place
    package var range: SourceRange
    /// The stage's place in the file.
    package var stage: Int
    /// `--platform` of a `FROM`, expanded.
    package var platform: String?
    /// Whether the built image stands on it: it is at the end of the target's chain of `FROM`.
    package var isRuntime: Bool

    static func all(
        in stages: [BuildPlan.PlannedStage], target: Int, _ names: StageNames
    ) throws(DockerfileError) -> [BaseImageUse] {
        let root = root(of: target, stages)
        var uses: [BaseImageUse] = []
        for planned in stages {
            let stage = planned.stage
            if case .image(let reference) = planned.base {
                uses.append(
                    BaseImageUse(
                        reference: reference, place: .from, range: stage.base.range, stage: stage.index,
                        platform: planned.platform, isRuntime: stage.index == root))
            }
            for instruction in planned.instructions {
                for case (.image(let reference), let range) in try instruction.origins(names) {
                    uses.append(
                        BaseImageUse(
                            reference: reference,
                            place: instruction.keyword == .copy ? .copyFrom : .mountFrom,
                            range: range, stage: stage.index, platform: nil, isRuntime: false))
                }
            }
        }
        return uses
    }

    /// The stage at the end of the target's chain of stages.
    private static func root(of target: Int, _ stages: [BuildPlan.PlannedStage]) -> Int {
        var root = target
        // A base is always an earlier stage, so that going backwards meets the chain in its order.
        for planned in stages.reversed() where planned.stage.index == root {
            if case .stage(let base) = planned.base { root = base }
        }
        return root
    }
}
