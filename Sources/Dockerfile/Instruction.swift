/// One instruction of a stage.
///
/// Its words are as they are written: ``expanded(by:)`` replaces variables, in those instructions and those words
/// where BuildKit does.
package struct Instruction: Equatable, Sendable {
    package var action: Action
    /// The instruction as one line: continuations joined, comments left out, here-documents not in it.
    package var text: String
    package var range: SourceRange
    package var keyword: Keyword
    /// What the comments before it ask of the warnings about it; `nil` where there are none.
    let check: CheckOptions?

    package enum Action: Equatable, Sendable {
        case arg(ArgInstruction)
        case env(Assignments)
        case label(Assignments)
        case copy(CopyInstruction)
        case add(AddInstruction)
        case run(RunInstruction)
        case workdir(Word)
        case user(Word)
        case expose([Word])
        case volume([Word])
        case stopsignal(Word)
        case shell([String])
        case cmd(CommandLine)
        case entrypoint(CommandLine)
        case healthcheck(Healthcheck)
        case maintainer(String)
        indirect case onbuild(OnbuildInstruction)
    }

    /// An error about the whole of it.
    package func error(_ message: String, hint: String? = nil) -> DockerfileError {
        DockerfileError(range, message, hint: hint)
    }

    init(_ statement: Statement) throws(DockerfileError) {
        keyword = statement.keyword
        text = statement.all.text
        let last = statement.all.line.lastLine
        let written = statement.all.range
        // A here-document belongs to the instruction.
        let end = statement.documents.isEmpty ? written.end : SourcePosition(line: last + 1, column: 1)
        range = SourceRange(source: written.source, start: written.start, end: end)
        let comments = statement.all.line.comments
        check = comments.isEmpty ? nil : CheckOptions(comments: comments)
        action = try Action(statement)
    }
}

extension Instruction.Action {
    init(_ statement: Statement) throws(DockerfileError) {
        switch statement.keyword {
        case .arg: self = .arg(try ArgInstruction(statement))
        case .env: self = .env(try Assignments(statement))
        case .label: self = .label(try Assignments(statement))
        case .copy: self = .copy(try CopyInstruction(statement))
        case .add: self = .add(try AddInstruction(statement))
        case .run: self = .run(try RunInstruction(statement))
        case .healthcheck: self = .healthcheck(try Healthcheck(statement))
        case .onbuild: self = .onbuild(try OnbuildInstruction(statement))
        case .stopsignal: self = .stopsignal(try statement.onlyArgument())
        case .from: throw statement.error("`FROM` cannot stand here: it starts a stage")
        case .workdir, .user, .expose, .volume, .shell, .cmd, .entrypoint, .maintainer:
            try statement.refuseFlags()
            self = try Self.withoutFlags(statement)
        }
    }

    private static func withoutFlags(_ statement: Statement) throws(DockerfileError) -> Self {
        switch statement.keyword {
        case .workdir: return .workdir(try statement.onlyArgument())
        case .user: return .user(try statement.onlyArgument())
        case .maintainer: return .maintainer(try statement.onlyArgument().text)
        case .cmd: return .cmd(try statement.commandLine())
        case .entrypoint: return .entrypoint(try statement.commandLine())
        case .shell: return .shell(try shell(statement))
        case .volume: return .volume(try volumes(statement))
        default:
            let ports = statement.rest.words
            guard !ports.isEmpty else { throw statement.error("`EXPOSE` needs a port, and has none") }
            return .expose(ports)
        }
    }

    private static func shell(_ statement: Statement) throws(DockerfileError) -> [String] {
        guard let words = try statement.json() else {
            throw statement.error(
                "`SHELL` should have a JSON array of strings", hint: "write `SHELL [\"/bin/sh\", \"-c\"]`")
        }
        guard !words.isEmpty else { throw statement.error("`SHELL` needs a program, and its array is empty") }
        return words.map(\.text)
    }

    private static func volumes(_ statement: Statement) throws(DockerfileError) -> [Word] {
        let volumes = try statement.list().map { Word(Substring($0.text).trimmed, $0.range) }
        guard !volumes.isEmpty else { throw statement.error("`VOLUME` needs a path, and has none") }
        if let empty = volumes.first(where: \.text.isEmpty) { throw empty.error("a volume's path is empty") }
        return volumes
    }
}
