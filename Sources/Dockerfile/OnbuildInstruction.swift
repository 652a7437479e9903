/// `ONBUILD`: an instruction for the builds that stand on the image.
package struct OnbuildInstruction: Equatable, Sendable {
    /// What goes into the image's configuration: the trigger as one line, and its here-documents.
    package var trigger: String
    /// The trigger, or what is wrong with it: BuildKit lets a bad trigger pass until it is used.
    package var instruction: Result<Instruction, DockerfileError>

    init(_ statement: Statement) throws(DockerfileError) {
        try statement.refuseFlags()
        guard !statement.rest.isEmpty else {
            throw statement.error("`ONBUILD` needs an instruction, and has none")
        }
        let keyword = statement.rest.splitAtBlanks.head
        switch Keyword(rawValue: keyword.text.uppercased()) {
        case .onbuild: throw keyword.error("`ONBUILD` cannot stand in `ONBUILD`")
        case .from: throw keyword.error("`FROM` cannot be a trigger of `ONBUILD`")
        case .maintainer: throw keyword.error("`MAINTAINER` cannot be a trigger of `ONBUILD`")
        default: break
        }
        trigger = statement.documents.reduce(statement.rest.text) { "\($0)\n\($1.rawContent)\($1.name)" }
        var hasMalformedWords = false
        do throws(DockerfileError) {
            var inner = try Statement(statement.rest, escape: statement.escape)
            inner.documents = statement.documents
            hasMalformedWords = inner.hasMalformedWords
            instruction = .success(try Instruction(inner))
        } catch {
            if hasMalformedWords { throw error }
            instruction = .failure(error)
        }
    }
}

extension Statement {
    /// Whether it is the words that are at fault when it cannot be read; BuildKit refuses that in a trigger too.
    fileprivate var hasMalformedWords: Bool {
        if [.env, .label].contains(keyword), flags.isEmpty, !rest.isEmpty { return true }
        if case .notAString = rest.jsonStrings { return true }
        return false
    }
}
