import Dockerfile
import OCI

/// Executes a plan whose images are all in the store.
struct BuildRun: Sendable {
    let plan: BuildPlan
    let context: any FileTree
    let images: [BaseResolver.Key: BaseImage]
    let platform: Platform
    /// Seconds since 1970-01-01 00:00:00 UTC.
    let epoch: Int64
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
            finished[planned.stage.index] = state
        }
        guard let target = finished[plan.target] else {
            throw BuildError("the target's stage was not built")
        }
        return target
    }

    private func start(_ planned: BuildPlan.PlannedStage, _ finished: [Int: StageState]) throws -> StageState
    {
        switch planned.base {
        case .scratch: return StageState(platform: platform)
        case .stage(let index):
            guard let stage = finished[index] else { throw missing("stage \(index)") }
            return StageState(on: stage)
        case .image(let reference):
            guard let image = images[.init(reference: reference, platform: planned.platform)] else {
                throw missing(reference)
            }
            return try state(on: image)
        case .context(let name): throw missing(name)
        }
    }

    private func state(on image: BaseImage) throws -> StageState {
        var state = StageState(on: image)
        state.config.diffIDs = []
        for layer in image.layers { state.add(try maker.existing(layer)) }
        return state
    }

    private func builder(_ finished: [Int: StageState], number: Int, count: Int) -> StageBuilder {
        StageBuilder(
            maker: maker, context: context, plan: plan, epoch: epoch,
            origin: { origin in
                switch origin {
                case .scratch: return LayeredTree()
                case .stage(let index):
                    guard let stage = finished[index] else { throw missing("stage \(index)") }
                    return stage.tree
                case .image(let reference):
                    guard let image = images[.init(reference: reference, platform: nil)] else {
                        throw missing(reference)
                    }
                    return try state(on: image).tree
                case .context(let name): throw missing(name)
                }
            },
            tell: { made in
                tell(
                    .layer(
                        number: number, count: count, made.layer, entries: made.entryCount,
                        tarSize: made.tarSize,
                        isCached: made.isCached))
            })
    }

    private func missing(_ what: String) -> BuildError { BuildError("`\(what)` was not built or resolved") }
}
