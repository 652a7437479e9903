import Archive
import Dockerfile
import OCI

/// Builds one stage, an instruction at a time.
struct StageBuilder: Sendable {
    let maker: LayerMaker
    /// The build context, `.dockerignore` applied.
    let context: any FileTree
    let arguments: BuildArguments
    let escape: EscapeCharacter
    /// Seconds since 1970-01-01 00:00:00 UTC; the time of everything that is made.
    let epoch: Int64
    /// What `COPY --from` means.
    let source: @Sendable (Word) throws -> any FileTree
    let tell: @Sendable (LayerMaker.Made) -> Void

    /// Does one instruction. Blocks.
    ///
    /// Throws ``DockerfileError`` at the instruction when it cannot be done.
    func execute(_ written: Instruction, in state: inout StageState) throws {
        do {
            if case .arg(let argument) = written.action { return try declare(argument, written, in: &state) }
            let instruction = try written.expanded(by: expander(state))
            let created = RFC3339.text(epoch)
            if try state.configure(instruction) {
                return state.note(written.text, created: created, isEmptyLayer: true)
            }
            let plan = try plan(instruction, &state)
            let entries = plan.entries
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

    private func expander(_ state: StageState) -> WordExpander {
        WordExpander(escape: escape, variables: state.variables)
    }

    private func declare(
        _ argument: ArgInstruction, _ instruction: Instruction, in state: inout StageState
    ) throws {
        for declaration in argument.declarations {
            let expander = expander(state)
            let name = try expander.word(declaration.name).text
            let standard = try declaration.defaultValue.map { try expander.word($0).text }
            if let value = arguments.value(of: name, standard: standard) { state.arguments[name] = value }
        }
        state.note(instruction.text, created: RFC3339.text(epoch), isEmptyLayer: true)
    }

    /// The layer that an instruction makes.
    private func plan(_ instruction: Instruction, _ state: inout StageState) throws -> LayerPlan {
        var plan = LayerPlan(over: state.tree, epoch: epoch)
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
        var directory = state.absolute(path)
        if directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        state.config.execution.workingDirectory = directory
        var attributes = Attributes()
        if let user = state.config.execution.user, !user.isEmpty {
            attributes.owner = try Accounts(in: state.tree).owner(user)
        }
        try plan.makeDirectory(directory, attributes)
    }
}

/// The values that the build brings for `ARG`s.
struct BuildArguments: Sendable {
    /// What the caller gave.
    var given: [String: String]
    /// The `ARG`s before the first `FROM`, and the platform's.
    var global: [String: String]

    /// The value that a declaration has: the caller's, its own, or the one from before the first `FROM`.
    func value(of name: String, standard: String?) -> String? { given[name] ?? standard ?? global[name] }
}
