import Blobs
import Dockerfile

/// What `SOURCE_DATE_EPOCH` says of a build's times: as a build argument, or as an `ARG` before the first `FROM`.
///
/// It is a number of seconds since 1970-01-01 00:00:00 UTC, or the name of what has a time of its own, as with BuildKit:
/// `context`, a named context, or a stage that does nothing but `ADD` one remote source.
struct SourceDateEpoch {
    static let name = "SOURCE_DATE_EPOCH"
    /// Until the end of the year 9999: a configuration tells a time with four digits for the year (RFC 3339).
    private static let range: ClosedRange<Int64> = 0...253_402_300_799

    let plan: BuildPlan
    let options: BuildOptions
    let input: ImageBuilder.Input

    /// The options with the time as a number. What has no time, such as a directory, sets none.
    ///
    /// Throws ``BuildError`` where it is neither a number nor the name of something.
    func settled() async throws -> BuildOptions {
        let given = options.buildArguments[Self.name]
        guard let value = given ?? plan.globalArguments[Self.name], !value.isEmpty else { return options }
        var options = options
        if let seconds = Int64(value) {
            guard Self.range.contains(seconds) else { throw Self.unknown(value) }
            options.buildArguments[Self.name] = value
            return options
        }
        options.buildArguments[Self.name] = try await time(of: value).map { "\($0)" } ?? ""
        return options
    }

    private func time(of name: String) async throws -> Int64? {
        if name == "context" { return options.epoch == 0 ? nil : options.epoch }
        if ContextNames(input.contexts)[name] != nil { return nil }
        let stages = plan.dockerfile.stages
        guard let stage = stages.first(where: { $0.name == name.lowercased() }) else {
            throw Self.unknown(name)
        }
        let source = try source(of: stage)
        guard let remote = input.remoteSources, let place = try RemotePlace(source.word) else {
            throw stage.base.error(
                "the stage `\(name)` sets no time: its `ADD` names nothing by HTTP(S) or Git",
                hint: "`\(Self.name)` takes a number, too")
        }
        do {
            switch place {
            case .file: return try await remote.file(at: source.word.text, expecting: nil).modified
            case .repository(let reference):
                let tree = try await remote.repository(reference.completed(by: source.add))
                return try await blocking { _ in try tree.node(at: "").map(tree.changeTime) }
            }
        } catch { throw LocatedError.at(source.word.range, error) }
    }

    /// The one thing that a stage adds.
    private func source(of stage: Stage) throws -> (add: AddInstruction, word: Word) {
        var variables = StageVariables()
        var found: (add: AddInstruction, word: Word)?
        for instruction in stage.instructions {
            switch instruction.action {
            case .arg(let argument): try variables.declare(argument, in: plan)
            case .add where found == nil:
                let expanded = try variables.expanded(instruction, in: plan)
                guard case .add(let add) = expanded.action, add.transfer.sources.count == 1,
                    let word = add.transfer.sources.first
                else { throw Self.refusal(stage, instruction) }
                found = (add, word)
            default: throw Self.refusal(stage, instruction)
            }
        }
        guard let found, stage.base.text == "scratch" else {
            throw stage.base.error(
                "a stage that sets `\(Self.name)` begins with `FROM scratch`, and has one `ADD` of a URL")
        }
        return found
    }

    private static func refusal(_ stage: Stage, _ instruction: Instruction) -> DockerfileError {
        instruction.error(
            "a stage that sets `\(name)` has one `ADD` of a URL, and nothing else but `ARG`",
            hint: "put the rest into another stage")
    }

    private static func unknown(_ value: String) -> BuildError {
        BuildError(
            "`\(name)` is `\(value)`: expected seconds since 1970-01-01 00:00:00 UTC",
            hint: "write a number such as `$(git log -1 --format=%ct)`, `context`, or a stage that adds a URL"
        )
    }
}
