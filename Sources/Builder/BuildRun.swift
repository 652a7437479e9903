import Archive
import Dockerfile
import OCI

/// Executes a plan whose images are all in the store.
struct BuildRun: Sendable {
    let plan: BuildPlan
    let context: any FileTree
    let images: ImageStages
    let platform: Platform
    /// Seconds since 1970-01-01 00:00:00 UTC.
    let epoch: Int64
    let dockerfileTime: Int64
    let maker: LayerMaker
    let tell: @Sendable (BuildProgress) -> Void

    /// Builds the stages one after the other, and returns the target's. Blocks.
    func build() throws -> StageState {
        let count = plan.stages.reduce(0) { $0 + 1 + $1.instructions.count }
        var number = 0
        var finished: [Int: StageState] = [:]
        for planned in plan.stages {
            number += 1
            tell(.started(number: number, count: count, text: planned.stage.text))
            var state = try start(planned, finished)
            for instruction in planned.instructions {
                number += 1
                tell(.started(number: number, count: count, text: instruction.text))
                try builder(finished, number: number, count: count).execute(instruction, in: &state)
            }
            if planned.stage.index != plan.target { state.settle() }
            finished[planned.stage.index] = state
        }
        guard let target = finished[plan.target] else {
            throw BuildError("the target's stage was not built")
        }
        return target
    }

    /// Throws ``DockerfileError`` at the `FROM` whose image is damaged.
    private func start(_ planned: BuildPlan.PlannedStage, _ finished: [Int: StageState]) throws -> StageState
    {
        let base = planned.stage.base
        do {
            switch planned.base {
            case .scratch: return StageState(platform: platform)
            case .stage(let index): return StageState(on: try stage(index, finished))
            case .image(let reference):
                return try images.stage(on: .init(reference: reference, platform: planned.platform))
            case .context(let name): throw Self.isNoContext(name)
            }
        } catch let error as BuildError { throw base.error(error.message, hint: error.hint) } catch let error
            as ArchiveError
        { throw base.error(error.description) }
    }

    private func builder(_ finished: [Int: StageState], number: Int, count: Int) -> StageBuilder {
        StageBuilder(
            maker: maker, context: context, plan: plan, epoch: epoch, dockerfileTime: dockerfileTime,
            origin: { origin in
                switch origin {
                case .scratch: LayeredTree()
                case .stage(let index): try stage(index, finished).tree
                case .image(let reference):
                    try images.stage(on: .init(reference: reference, platform: nil)).tree
                case .context(let name): throw Self.isNoContext(name)
                }
            },
            tell: { made in
                tell(
                    .layer(
                        number: number, count: count, made.layer, entries: made.entryCount,
                        tarSize: made.tarSize, isCached: made.isCached))
            })
    }

    private func stage(_ index: Int, _ finished: [Int: StageState]) throws -> StageState {
        guard let stage = finished[index] else { throw BuildError("the stage \(index) was not built") }
        return stage
    }

    private static func isNoContext(_ name: String) -> BuildError {
        BuildError("the build has no context named `\(name)`")
    }
}
