extension Instruction {
    /// The words whose variables are replaced when it is executed, as they are written; not those of `ARG`.
    var expandedWords: [Word] {
        switch action {
        case .env(let assignments), .label(let assignments):
            assignments.pairs.flatMap { [$0.name, $0.value] }
        case .copy(let copy): copy.transfer.expandedWords
        case .add(let add): add.transfer.expandedWords + [add.checksum].compactMap { $0 }
        case .run(let run):
            run.mounts.flatMap { mount in
                mount.fields.compactMap { $0.value }.map { Word($0, mount.word.range) }
            }
        case .workdir(let word), .user(let word), .stopsignal(let word): [word]
        case .expose(let words), .volume(let words): words
        case .arg, .shell, .cmd, .entrypoint, .healthcheck, .maintainer, .onbuild: []
        }
    }

    /// The here-documents whose variables are replaced.
    var expandedDocuments: [Word] {
        let documents: [Heredoc] =
            switch action {
            case .copy(let copy): copy.transfer.documents
            case .add(let add): add.transfer.documents
            default: []
            }
        return documents.filter(\.expands).map { Word($0.content, $0.range) }
    }
}

extension FileTransfer {
    fileprivate var expandedWords: [Word] { sources + [destination] + [owner, mode].compactMap { $0 } }
}
