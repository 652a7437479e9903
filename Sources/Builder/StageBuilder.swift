import Archive
import Dockerfile
import OCI

/// Builds one stage, an instruction at a time.
struct StageBuilder: Sendable {
    let maker: LayerMaker
    /// The build context, `.dockerignore` applied.
    let context: any FileTree
    let plan: BuildPlan
    /// The image's time, in seconds since 1970-01-01 00:00:00 UTC; nothing in it is younger.
    let epoch: Int64
    /// When the Dockerfile last changed: the time of what only it asks for.
    let dockerfileTime: Int64
    /// What `COPY --from` copies from.
    let origin: @Sendable (BuildPlan.Origin) throws -> any FileTree
    let tell: @Sendable (LayerMaker.Made) -> Void

    /// Does one instruction. Blocks.
    ///
    /// Throws ``DockerfileError`` at the instruction when it cannot be done.
    func execute(_ written: Instruction, in state: inout StageState) throws {
        do {
            let created = RFC3339.text(epoch)
            if case .arg(let argument) = written.action {
                try state.variables.declare(argument, in: plan)
                return state.note(written.text, created: created, isEmptyLayer: true)
            }
            let instruction = try state.variables.expanded(written, in: plan)
            if try state.configure(instruction) {
                return state.note(written.text, created: created, isEmptyLayer: true)
            }
            let entries = try layer(of: instruction, &state).entries
            guard !entries.isEmpty else {
                return state.note(written.text, created: created, isEmptyLayer: true)
            }
            let made = try maker.make(entries)
            state.add(made)
            state.note(written.text, created: created, isEmptyLayer: false)
            tell(made)
        } catch let error as BuildError {
            throw written.error(error.message, hint: error.hint)
        } catch let error as ArchiveError {
            throw written.error(error.description)
        }
    }

    /// The layer that an instruction makes.
    private func layer(of instruction: Instruction, _ state: inout StageState) throws -> LayerPlan {
        state.settle()
        var plan = LayerPlan(
            over: instruction.isLinked ? LayeredTree() : state.tree, epoch: epoch, time: dockerfileTime)
        switch instruction.action {
        case .workdir(let path): try changeDirectory(path.text, &state, &plan)
        case .copy(let copy): try self.copy(copy, state, &plan)
        case .add(let add): try self.add(add, state, &plan)
        case .run:
            throw instruction.error(
                "`RUN` is not built yet by this version of slipway",
                hint: "run the command elsewhere, and `COPY` what it makes")
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

extension Instruction {
    /// Whether its layer looks at nothing that lies under it (`--link`); with a mode BuildKit does not do that.
    fileprivate var isLinked: Bool {
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
