/// What `COPY` and `ADD` have in common.
package struct FileTransfer: Equatable, Sendable {
    /// Paths, and for `ADD` also URLs, in the order of the file.
    package var sources: [Word]
    /// The here-documents among the sources: each makes a file with its name.
    package var documents: [Heredoc]
    package var destination: Word
    /// `--chown`: a user and perhaps a group, by name or number.
    package var owner: Word?
    /// `--chmod`.
    package var mode: Word?
    /// `--link`: the files do not follow links at the destination, and do not depend on the layers before.
    package var isLinked: Bool
    /// `--exclude`: patterns as in a `.dockerignore`.
    package var excludes: [Word]

    static let flags: [String: Flags.Kind] = [
        "chown": .text, "chmod": .text, "link": .bool, "exclude": .texts,
    ]

    init(_ statement: Statement, _ flags: Flags) throws(DockerfileError) {
        let keyword = statement.keyword.rawValue
        var words = try statement.list()
        guard words.count > 1, let destination = words.popLast() else {
            let found = words.first.map { "only `\($0.text.excerpt)`" } ?? "neither"
            throw statement.error(
                "`\(keyword)` needs a source and a destination, and has \(found)",
                hint: "write `\(keyword) SOURCE… DESTINATION`")
        }
        guard HeredocMark(destination.text) == nil else {
            throw destination.error("a here-document cannot be the destination of `\(keyword)`")
        }
        sources = []
        documents = []
        // The last of two with one name wins, as in BuildKit.
        let named = Dictionary(statement.documents.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for word in words {
            guard let mark = HeredocMark(word.text) else {
                sources.append(word)
                continue
            }
            guard let document = named[mark.name] else {
                throw word.error("the here-document `\(mark.name.excerpt)` has no text")
            }
            documents.append(document)
        }
        self.destination = destination
        owner = flags.text("chown")
        mode = flags.text("chmod")
        isLinked = flags.bool("link") ?? false
        excludes = flags.texts("exclude")
    }
}

/// `COPY`.
package struct CopyInstruction: Equatable, Sendable {
    package var transfer: FileTransfer
    /// `--from`: a stage by name or number, or an image; `nil` is the build context. Variables are not allowed.
    package var from: Word?
    /// `--parents`: the sources' directories are made at the destination too.
    package var keepsParents: Bool

    init(_ statement: Statement) throws(DockerfileError) {
        let own: [String: Flags.Kind] = ["from": .text, "parents": .bool]
        let flags = try Flags(statement, FileTransfer.flags.merging(own) { $1 })
        transfer = try FileTransfer(statement, flags)
        from = flags.text("from").flatMap { $0.text.isEmpty ? nil : $0 }
        keepsParents = flags.bool("parents") ?? false
    }
}

/// `ADD`.
package struct AddInstruction: Equatable, Sendable {
    package var transfer: FileTransfer
    /// `--keep-git-dir`; `nil` where it is not said.
    package var keepsGitDirectory: Bool?
    /// `--checksum`: what a file by URL, or a commit of a Git repository, should be.
    package var checksum: Word?
    /// `--unpack`; `nil` where it is not said: local archives are unpacked, those by URL are not.
    package var unpacks: Bool?

    init(_ statement: Statement) throws(DockerfileError) {
        let own: [String: Flags.Kind] = ["keep-git-dir": .bool, "checksum": .text, "unpack": .bool]
        let flags = try Flags(statement, FileTransfer.flags.merging(own) { $1 })
        transfer = try FileTransfer(statement, flags)
        keepsGitDirectory = flags.bool("keep-git-dir")
        checksum = flags.text("checksum").flatMap { $0.text.isEmpty ? nil : $0 }
        unpacks = flags.bool("unpack")
    }
}
