import Blobs
import Dockerfile
import Foundation
import OCI
import Sandbox
import Synchronization

extension StageBuilder {
    /// Does a `RUN` instruction: finds the layer that it made before from the same, or runs it.
    ///
    /// Returns the layer, `nil` where it changes nothing, and whether it was run before.
    func run(
        _ run: RunInstruction, _ instruction: Instruction, _ progress: BuildProgress.Step
    ) async throws -> (made: LayerMaker.Made?, isCached: Bool) {
        var sources: [SourceTree?] = []
        for mount in run.mounts { sources.append(try await source(of: mount)) }
        let step = try await blocking { [sources] _ in
            try stage.update { stage in
                try stage.settle()
                return try runStep(run, instruction, sources, stage)
            }
        }
        let inputs = try stage.update { try step.inputs(on: $0, options) }
        let key = try inputs.key()
        let before = try memory.exchange(inputs, at: place(of: progress))
        // Another stage or build may run the same at this moment: it is run once.
        return try await turns.with(key) {
            if !maker.isWithoutCache,
                let known = try await blocking({ _ in try maker.cache.layer(ranAs: key) })
            {
                return (known.layer.map { maker.made($0) }, true)
            }
            if let before, let reason = inputs.firstDifference(from: before) {
                tell(.missed(progress, reason: reason))
            }
            let made = try await slots.with { try await execute(step, instruction, progress) }
            try maker.cache.keep(made?.hit, ranAs: key)
            return (made, false)
        }
    }

    /// Where a mount's files come from; `nil` where it has none.
    private func source(of mount: MountOptions) async throws -> SourceTree? {
        let kind = mount.fields.last { $0.key == "type" }?.value?.lowercased() ?? "bind"
        guard ["bind", "cache"].contains(kind) else { return nil }
        guard let from = mount.from else { return kind == "bind" ? .context(context) : nil }
        return try await origin(plan.origin(ofMount: from))
    }

    /// Replaces the words of an instruction, and finds what its mounts show. Blocks.
    private func runStep(
        _ run: RunInstruction, _ instruction: Instruction, _ sources: [SourceTree?], _ stage: StageState
    ) throws -> RunStep {
        var step = try RunStep(run, instruction, in: stage, options)
        let expander = plan.expander(stage.variables.values)
        for (written, source) in zip(run.mounts, sources) {
            let mount = try RunMount(written, expander)
            step.mounts.append(try RunStep.Mount(mount, written.word, source, in: stage, maker))
        }
        return step
    }

    private func execute(
        _ step: RunStep, _ instruction: Instruction, _ progress: BuildProgress.Step
    ) async throws -> LayerMaker.Made? {
        guard let tools else {
            throw instruction.error(
                "`RUN` needs a container, and this build has no means to run one",
                hint: "build where an OCI runtime such as `runc` is installed")
        }
        try tools.runtime.check(tools.limits)
        let platform = options.platform
        guard platform.os == "linux",
            ForeignPrograms.canRun(platform.architecture, on: Platform.host.architecture)
        else {
            throw instruction.error(
                "`RUN` cannot be done for \(platform) on this machine, which is \(Platform.host)",
                hint:
                    "install QEMU for that architecture (`qemu-user-static` and `binfmt-support`), or build there"
            )
        }
        let started = Int64(time(nil))
        let prepared = try await blocking { isCanceled in
            try stage.update { stage in
                try RunPreparation(step: step, options: options, maker: maker, snapshots: snapshots)
                    .prepare(&stage, tools.limits, isCanceled)
            }
        }
        let exit = try await run(prepared, tools, progress, instruction)
        guard exit == .exited(0) else { throw failure(exit, step, instruction, tools) }
        return try await blocking { isCanceled in
            try stage.update { stage in try layer(of: prepared, started: started, &stage, isCanceled) }
        }
    }

    /// Runs the container, and passes on what it says, secrets hidden.
    private func run(
        _ prepared: RunPreparation.Prepared, _ tools: RunTools, _ progress: BuildProgress.Step,
        _ instruction: Instruction
    ) async throws -> ContainerExit {
        let mask = Mutex(OutputMask(prepared.secrets))
        let pass: @Sendable ([UInt8]) -> Void = { [tell] bytes in
            if !bytes.isEmpty { tell(.output(progress, bytes)) }
        }
        defer { pass(mask.withLock { $0.finish() }) }
        do {
            return try await tools.runtime.run(prepared.container) { bytes in
                pass(mask.withLock { $0.append(bytes) })
            }
        } catch let error as SandboxError where error.reason == .container {
            throw instruction.error(error.message, hint: error.hint)
        }
    }

    private func failure(
        _ exit: ContainerExit, _ step: RunStep, _ instruction: Instruction, _ tools: RunTools
    ) -> DockerfileError {
        switch exit {
        case .timedOut:
            instruction.error(
                "the command took longer than \(tools.limits.time.map { "\($0)" } ?? "it may")",
                hint: "give it more time with `--timeout`")
        case .exited(137) where tools.limits.memory != nil:
            instruction.error(
                "the command was killed (exit code 137), perhaps because it wanted more memory than it may have",
                hint: "give it more with `--memory`")
        case .exited(let code):
            instruction.error(
                "the command failed with exit code \(code)",
                hint: UserNamespace.reasonForOneID.map { "there is no user but root in this build: \($0)" })
        }
    }

    /// Makes the layer of what the container changed; its directory becomes that layer's. Blocks.
    private func layer(
        of prepared: RunPreparation.Prepared, started: Int64, _ stage: inout StageState,
        _ isCanceled: @escaping @Sendable () -> Bool
    ) throws -> LayerMaker.Made? {
        let latest = stage.clampTime(options)
        let upper = UpperDirectory(
            path: prepared.workspace.upper, base: stage.tree,
            times: .init(threshold: min(started - 1, latest), latest: latest))
        let entries = try upper.entries()
        guard !entries.isEmpty else { return nil }
        let made = try maker.asking(isCanceled).makeAnew(entries)
        let name = try snapshots.adopt(
            prepared.workspace.upper, as: made.layer, index: made.table.contents().index, over: stage.tree)
        stage.keep(directories: prepared.directories + [name])
        return made
    }
}
