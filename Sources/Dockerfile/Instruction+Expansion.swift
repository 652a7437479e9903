extension Instruction {
    /// The instruction with its variables replaced and its quotes removed, as it is to be executed.
    ///
    /// That concerns `ENV`, `LABEL`, `COPY`, `ADD`, `WORKDIR`, `USER`, `EXPOSE`, `VOLUME` and `STOPSIGNAL`. `ARG`
    /// is up to ``StageVariables``, and the mounts of `RUN` to ``RunMount``. What a container runs, and a trigger,
    /// keep their variables.
    ///
    /// Many instructions together are for ``StageVariables/expanded(_:in:)``, which bounds what they cost.
    package func expanded(by expander: WordExpander) throws(DockerfileError) -> Instruction {
        var budget = ExpansionBudget()
        return try expanded(by: expander, within: &budget)
    }

    func expanded(
        by expander: WordExpander, within budget: inout ExpansionBudget
    ) throws(DockerfileError) -> Instruction {
        var expander = BoundedExpander(expander: expander, budget: budget)
        defer { budget = expander.budget }
        var result = self
        switch action {
        case .env(let assignments): result.action = .env(try expander.assignments(assignments))
        case .label(let assignments): result.action = .label(try expander.assignments(assignments))
        case .copy(var copy):
            copy.transfer = try expander.transfer(copy.transfer)
            result.action = .copy(copy)
        case .add(var add):
            add.transfer = try expander.transfer(add.transfer)
            add.checksum = try expander.optional(add.checksum)
            try add.checkChecksum()
            result.action = .add(add)
        case .workdir(let path): result.action = .workdir(try expander.word(path))
        case .user(let user): result.action = .user(try expander.word(user))
        case .stopsignal(let signal): result.action = .stopsignal(try expander.word(signal))
        case .volume(let volumes): result.action = .volume(try expander.paths(volumes))
        case .expose(let ports):
            var words: [Word] = []
            // A variable may hold several ports.
            for port in ports { words += try expander.words(in: port) }
            result.action = .expose(words)
        case .arg, .run, .shell, .cmd, .entrypoint, .healthcheck, .maintainer, .onbuild: break
        }
        return result
    }
}

/// Expands word after word, and counts what they cost together.
private struct BoundedExpander {
    let expander: WordExpander
    var budget: ExpansionBudget

    mutating func word(_ word: Word) throws(DockerfileError) -> Word {
        try expander.word(word, within: &budget)
    }

    mutating func optional(_ word: Word?) throws(DockerfileError) -> Word? {
        guard let word else { return nil }
        return try self.word(word)
    }

    mutating func words(_ words: [Word]) throws(DockerfileError) -> [Word] {
        var result: [Word] = []
        for word in words { result.append(try self.word(word)) }
        return result
    }

    mutating func words(in word: Word) throws(DockerfileError) -> [Word] {
        try expander.expand(word, within: &budget).words.map { Word($0, word.range) }
    }

    mutating func paths(_ words: [Word]) throws(DockerfileError) -> [Word] {
        let paths = try self.words(words)
        for (path, word) in zip(paths, words) where path.text.isEmpty {
            throw word.error("the volume `\(word.text.excerpt)` is empty when its variables are replaced")
        }
        return paths
    }

    mutating func assignments(_ assignments: Assignments) throws(DockerfileError) -> Assignments {
        var result = assignments
        for (index, pair) in assignments.pairs.enumerated() {
            result.pairs[index] = Assignments.Pair(name: try word(pair.name), value: try word(pair.value))
        }
        return result
    }

    mutating func transfer(_ transfer: FileTransfer) throws(DockerfileError) -> FileTransfer {
        var result = transfer
        result.sources = try words(transfer.sources)
        result.destination = try word(transfer.destination)
        result.owner = try optional(transfer.owner)
        result.mode = try optional(transfer.mode)
        let inside = expander.insideDocuments
        for (index, document) in transfer.documents.enumerated() where document.expands {
            let word = Word(document.content, document.range)
            result.documents[index].rawContent = try inside.expand(word, within: &budget).text
            result.documents[index].stripsTabs = false
        }
        return result
    }
}

extension WordExpander {
    /// In a here-document quotes are text, and a backslash escapes whatever the file's directive says.
    var insideDocuments: WordExpander {
        var inside = self
        inside.escape = .backslash
        inside.ignoresQuotes = true
        return inside
    }
}

extension AddInstruction {
    /// A checksum is of one file by URL, or of one Git repository.
    fileprivate func checkChecksum() throws(DockerfileError) {
        guard let checksum else { return }
        guard transfer.sources.count == 1, transfer.documents.isEmpty else {
            throw checksum.error("`--checksum` is of one source, and `ADD` has several")
        }
        let source = transfer.sources[0]
        let isRemote = source.text.contains("://") || source.text.hasPrefix("git@")
        guard isRemote || source.text.hasPrefix("github.com/") else {
            throw source.error(
                "`--checksum` needs a URL, and `\(source.text.excerpt)` is a path in the build context")
        }
    }
}
