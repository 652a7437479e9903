import Spelling

/// `RUN`.
package struct RunInstruction: Equatable, Sendable {
    package enum Network: String, Hashable, Sendable, CaseIterable {
        case `default`, none, host
    }

    package enum Security: String, Hashable, Sendable, CaseIterable {
        case sandbox, insecure
    }

    /// As it is written, here-documents left out; see ``script``.
    package var command: CommandLine
    package var documents: [Heredoc]
    package var mounts: [MountOptions]
    package var network: Network
    package var security: Security

    init(_ statement: Statement) throws(DockerfileError) {
        let flags = try Flags(statement, ["mount": .texts, "network": .text, "security": .text])
        command = try statement.commandLine()
        guard command != .exec([]) else { throw statement.error("`RUN` needs a command, and has none") }
        documents = statement.documents
        var mounts: [MountOptions] = []
        for word in flags.texts("mount") { mounts.append(try MountOptions(word)) }
        self.mounts = mounts
        network = try Self.choice(flags.text("network"), "network", or: .default)
        security = try Self.choice(flags.text("security"), "security", or: .sandbox)
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ word: Word?, _ flag: String, or standard: Choice
    ) throws(DockerfileError) -> Choice {
        guard let word else { return standard }
        guard let choice = Choice(rawValue: word.text) else {
            let known = Choice.allCases.map(\.rawValue)
            throw word.error(
                "`--\(flag)` is `\(word.text.excerpt)`: expected \(known.map { "`\($0)`" }.joined(separator: " or "))",
                hint: Spelling.nearest(to: word.text, among: known).map { "did you mean `\($0)`?" })
        }
        return choice
    }

    /// What is run, here-documents put in.
    package enum Script: Equatable, Sendable {
        case exec([String])
        /// A text for the shell.
        case shell(String)
        /// A file with its own `#!` line; it is run from a directory that only this instruction sees.
        case file(name: String, content: String)
    }

    /// What is to be run.
    ///
    /// An instruction that is just one here-document runs its text; in any other the shell reads the documents.
    package var script: Script {
        switch command {
        case .exec(let arguments): return .exec(arguments)
        case .shell(let text):
            guard let first = documents.first else { return .shell(text) }
            guard HeredocMark(text) != nil else {
                return .shell(documents.reduce(text) { "\($0)\n\($1.rawContent)\($1.name)" })
            }
            let content = first.content
            return content.hasPrefix("#!") ? .file(name: first.name, content: content) : .shell(content)
        }
    }
}
