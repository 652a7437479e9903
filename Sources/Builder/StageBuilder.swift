import Blobs
import Archive
import Dockerfile
import OCI

/// Builds one stage, an instruction at a time.
struct StageBuilder: Sendable {
    let stage: StageBox
    let maker: LayerMaker
    /// The build context, `.dockerignore` applied.
    let context: any FileTree
    let plan: BuildPlan
    let options: BuildOptions
    /// When the Dockerfile last changed: the time of what only it asks for.
    let dockerfileTime: Int64
    let memory: StepMemory
    let snapshots: Snapshots
    /// `nil` where no container can be run.
    let tools: RunTools?
    /// Of `RUN` instructions, by what decides their results.
    let turns: Turns<Digest>
    /// Taken for what costs time: never while another stage is waited for.
    let slots: Slots
    /// What `COPY --from` copies from, as soon as it is there.
    let origin: @Sendable (BuildPlan.Origin) async throws -> SourceTree
    let contexts: BuildContexts
    /// What `ADD` brings by URL; `nil` where nothing can.
    let remoteSources: BuildSources?
    let tell: @Sendable (BuildProgress) -> Void

    /// The image's time, in seconds since 1970-01-01 00:00:00 UTC; nothing that is copied is younger.
    var epoch: Int64 { options.effectiveEpoch }

    /// Does one instruction.
    ///
    /// Throws ``DockerfileError`` or ``LocatedError`` at the instruction when it cannot be done.
    func execute(_ written: Instruction, _ step: BuildProgress.Step) async throws
        -> BuildProgress.Step.Outcome
    {
        do {
            return try await perform(written, step)
        } catch let error as BuildError {
            throw written.error(error.message, hint: error.hint)
        } catch let error as ArchiveError {
            throw written.error(error.description)
        } catch { throw LocatedError.at(written.range, error) }
    }

    private func perform(_ written: Instruction, _ step: BuildProgress.Step) async throws
        -> BuildProgress.Step.Outcome
    {
        let created = RFC3339.text(epoch)
        guard let instruction = try stage.update({ try $0.expand(written, in: plan) }) else {
            stage.update { $0.note(written.text, created: created, isEmptyLayer: true) }
            return .done
        }
        let made: LayerMaker.Made?
        var isRunBefore = false
        switch instruction.action {
        case .run(let run): (made, isRunBefore) = try await self.run(run, instruction, step)
        default:
            let sources = try await sources(of: instruction)
            made = try await slots.with {
                try await blocking { isCanceled in
                    try makeLayer(of: instruction, from: sources, in: place(of: step), isCanceled)
                }
            }
        }
        if let made, instruction.keyword != .run { try await blocking { _ in try explain(made, step) } }
        stage.update { stage in
            if let made { stage.add(made) }
            stage.note(written.text, created: created, isEmptyLayer: made == nil)
        }
        guard let made else { return isRunBefore ? .cached(nil) : .done }
        return made.isCached ? .cached(made.summary) : .made(made.summary)
    }

    /// Where an instruction's files come from.
    private func sources(of instruction: Instruction) async throws -> InstructionSources {
        switch instruction.action {
        case .copy(let copy): try await sources(of: copy)
        case .add(let add):
            InstructionSources(tree: context, isContext: true, remote: try await fetch(add))
        default: InstructionSources(tree: context, isContext: true)
        }
    }

    /// The layer that an instruction makes; `nil` where nothing is in it. Blocks.
    private func makeLayer(
        of instruction: Instruction, from sources: InstructionSources, in step: StepMemory.Place,
        _ isCanceled: @escaping @Sendable () -> Bool
    ) throws -> LayerMaker.Made? {
        let key = try stage.update { try copyKey(instruction, from: sources, &$0) }
        if let key, !maker.isWithoutCache, let hit = try maker.cache.layer(copiedAs: key) {
            return maker.made(hit)
        }
        let entries = try stage.update { try layer(of: instruction, from: sources, &$0).entries }
        guard !entries.isEmpty else { return nil }
        let made = try maker.asking(isCanceled).make(entries, in: step)
        if let key { try maker.cache.keep(made.hit, copiedAs: key) }
        return made
    }

    /// Tells what of a copied layer is different from the last time. Blocks.
    private func explain(_ made: LayerMaker.Made, _ step: BuildProgress.Step) throws {
        var inputs = RunInputs()
        inputs.add(digested: "what it copies", made.layer.diffID.hex)
        guard let before = try memory.exchange(inputs, at: place(of: step)), !made.isCached,
            let digest = before.list.first?.value, let old = try? Digest("sha256:\(digest)"),
            let table = try maker.indexes.known(old),
            let reason = try made.table.contents().index.firstDifference(from: table)
        else { return }
        tell(.missed(step, reason: reason))
    }

    func place(of step: BuildProgress.Step) -> StepMemory.Place {
        StepMemory.Place(
            scope: options.scope, file: options.file, stage: step.stage, position: step.position)
    }

    private func layer(
        of instruction: Instruction, from sources: InstructionSources, _ state: inout StageState
    ) throws -> LayerPlan {
        try state.settle()
        var plan = LayerPlan(
            over: instruction.isLinked ? LayeredTree() : state.tree, epoch: epoch, time: dockerfileTime)
        switch instruction.action {
        case .workdir(let path): try changeDirectory(path.text, &state, &plan)
        case .copy(let copy): try self.copy(copy, from: sources, state, &plan)
        case .add(let add): try self.add(add, from: sources, state, &plan)
        default: preconditionFailure("instructions of the configuration were done before")
        }
        return plan
    }

    private func changeDirectory(_ path: String, _ state: inout StageState, _ plan: inout LayerPlan) throws {
        // As BuildKit has it: what is absolute stays as it is written.
        state.config.execution.workingDirectory =
            path.isAbsolute ? path : state.absolute(path).withoutTrailingSlash
        var attributes = Attributes()
        if let user = state.config.execution.user, !user.isEmpty {
            attributes.owner = try Accounts(in: state.tree).owner(user)
        }
        try plan.makeDirectory(state.workingDirectory, attributes)
    }
}

extension StageState {
    /// An instruction with its variables replaced; `nil` where it changes only the configuration or the variables, and
    /// is done.
    fileprivate mutating func expand(_ written: Instruction, in plan: BuildPlan) throws -> Instruction? {
        if case .arg(let argument) = written.action {
            try variables.declare(argument, in: plan)
            return nil
        }
        let instruction = try variables.expanded(written, in: plan)
        return try configure(instruction) ? nil : instruction
    }
}

extension Instruction {
    /// Whether its layer looks at nothing that lies under it (`--link`); with a mode BuildKit does not do that.
    var isLinked: Bool {
        let transfer: FileTransfer
        switch action {
        case .copy(let copy): transfer = copy.transfer
        case .add(let add): transfer = add.transfer
        default: return false
        }
        return transfer.isLinked && transfer.mode?.text.isEmpty != false
    }
}

extension String {
    fileprivate var withoutTrailingSlash: String {
        hasTrailingSlash && utf8.count > 1 ? String(utf8.dropLast()) ?? self : self
    }
}
