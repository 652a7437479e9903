import Blobs
import Archive
import Dockerfile
import OCI

/// Executes a plan whose images are all in the store.
struct BuildRun: Sendable {
    let plan: BuildPlan
    let context: any FileTree
    let contexts: BuildContexts
    let images: ImageStages
    let remoteSources: BuildSources?
    let options: BuildOptions
    let dockerfileTime: Int64
    let maker: LayerMaker
    let memory: StepMemory
    let snapshots: Snapshots
    let tools: RunTools?
    let turns: Turns<Digest>
    /// How much goes on at a time, in all stages together.
    let slots: Slots
    let tell: @Sendable (BuildProgress) -> Void

    /// Builds the stages side by side, each as soon as what it needs is there, and returns the target's.
    ///
    /// The first that fails ends the others, and its error is thrown.
    func build() async throws -> StageState {
        let finished = FinishedStages()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var number = 0
            for planned in plan.stages {
                let first = number + 1
                number += planned.instructions.count + 1
                group.addTask { try await build(planned, firstNumber: first, finished) }
            }
            while try await group.next() != nil {}
        }
        return try await finished.stage(plan.target)
    }

    private var stepCount: Int { plan.stages.reduce(0) { $0 + 1 + $1.instructions.count } }

    private func build(
        _ planned: BuildPlan.PlannedStage, firstNumber: Int, _ finished: FinishedStages
    ) async throws {
        let stage = planned.stage
        var step = BuildProgress.Step(
            number: firstNumber, count: stepCount, stage: stage.name ?? "stage-\(stage.index)", position: 1,
            positions: planned.instructions.count + 1, text: stage.text, range: stage.range)
        let box = StageBox(try await report(step) { try await start(planned, finished) })
        let builder = builder(box, finished, stage.name)
        for instruction in planned.instructions {
            step.number += 1
            step.position += 1
            (step.text, step.range) = (instruction.text, instruction.range)
            try await report(step, ended: { $0 }) { try await builder.execute(instruction, step) }
        }
        if stage.index != plan.target {
            try await blocking { _ in try box.update { try $0.settle() } }
        }
        finished.add(box.value, at: stage.index)
    }

    /// Tells how a step begins and ends.
    @discardableResult
    private func report<Value: Sendable>(
        _ step: BuildProgress.Step, ended: (Value) -> BuildProgress.Step.Outcome = { _ in .done },
        _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            try Task.checkCancellation()
            tell(.began(step))
            let value = try await work()
            tell(.ended(step, ended(value)))
            return value
        } catch {
            tell(.ended(step, error is CancellationError ? .canceled : .failed))
            throw error
        }
    }

    /// Throws ``DockerfileError`` at the `FROM` whose image is damaged.
    private func start(
        _ planned: BuildPlan.PlannedStage, _ finished: FinishedStages
    ) async throws -> StageState {
        let base = planned.stage.base
        do {
            switch planned.base {
            case .scratch: return StageState(platform: options.platform)
            case .stage(let index): return StageState(on: try await finished.stage(index))
            case .image(let reference):
                let key = BaseResolver.Key(reference: reference, platform: planned.platform)
                let isLookedInto = planned.instructions.contains(where: \.looksIntoFiles)
                return try await slots.with {
                    try await blocking { _ in
                        try isLookedInto ? images.settledStage(on: key) : images.stage(on: key)
                    }
                }
            case .context(let name):
                return try await slots.with {
                    try await blocking { _ in
                        try contexts.stage(
                            on: name, platform: options.platform, writtenAs: planned.platform,
                            epoch: options.effectiveEpoch)
                    }
                }
            }
        } catch let error as BuildError { throw base.error(error.message, hint: error.hint) } catch let error
            as ArchiveError
        { throw base.error(error.description) }
    }

    private func builder(
        _ box: StageBox, _ finished: FinishedStages, _ name: String?
    ) -> StageBuilder {
        let isFresh = name.map(options.stagesWithoutCache.contains) ?? false
        return StageBuilder(
            stage: box, maker: isFresh ? maker.withoutCache : maker, context: context, plan: plan,
            options: options,
            dockerfileTime: dockerfileTime, memory: memory, snapshots: snapshots,
            tools: tools, turns: turns, slots: slots,
            origin: { origin in
                switch origin {
                case .scratch: return .stage(StageState(platform: options.platform))
                case .stage(let index): return .stage(try await finished.stage(index))
                case .image(let reference):
                    let key = BaseResolver.Key(reference: reference, platform: nil)
                    return .stage(try await blocking { _ in try images.settledStage(on: key) })
                case .context(let name): return try await blocking { _ in try contexts.source(named: name) }
                }
            },
            contexts: contexts, remoteSources: remoteSources, tell: tell)
    }
}

extension Instruction {
    /// Whether it needs to know what files the stage has.
    fileprivate var looksIntoFiles: Bool {
        switch action {
        case .copy, .add, .run, .workdir: true
        default: false
        }
    }
}
