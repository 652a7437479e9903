extension Instruction {
    /// The instruction with its variables replaced and its quotes removed, as it is to be executed.
    ///
    /// That concerns `ENV`, `LABEL`, `COPY`, `ADD`, `WORKDIR`, `USER`, `EXPOSE`, `VOLUME` and `STOPSIGNAL`. `ARG`
    /// is up to ``StageVariables``, and the mounts of `RUN` to ``RunMount``. What a container runs, and a trigger,
    /// keep their variables.
    package func expanded(by expander: WordExpander) throws(DockerfileError) -> Instruction {
        var result = self
        switch action {
        case .env(let assignments): result.action = .env(try assignments.expanded(by: expander))
        case .label(let assignments): result.action = .label(try assignments.expanded(by: expander))
        case .copy(var copy):
            copy.transfer = try copy.transfer.expanded(by: expander)
            result.action = .copy(copy)
        case .add(var add):
            add.transfer = try add.transfer.expanded(by: expander)
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
            for port in ports { words += try expander.expand(port).words.map { Word($0, port.range) } }
            result.action = .expose(words)
        case .arg, .run, .shell, .cmd, .entrypoint, .healthcheck, .maintainer, .onbuild: break
        }
        return result
    }
}

extension WordExpander {
    fileprivate func optional(_ word: Word?) throws(DockerfileError) -> Word? {
        guard let word else { return nil }
        return try self.word(word)
    }

    fileprivate func words(_ words: [Word]) throws(DockerfileError) -> [Word] {
        var result: [Word] = []
        for word in words { result.append(try self.word(word)) }
        return result
    }

    fileprivate func paths(_ words: [Word]) throws(DockerfileError) -> [Word] {
        let paths = try self.words(words)
        for (path, word) in zip(paths, words) where path.text.isEmpty {
            throw word.error("the volume `\(word.text.excerpt)` is empty when its variables are replaced")
        }
        return paths
    }
}

extension Assignments {
    fileprivate func expanded(by expander: WordExpander) throws(DockerfileError) -> Assignments {
        var result = self
        for (index, pair) in pairs.enumerated() {
            result.pairs[index] = Pair(
                name: try expander.word(pair.name), value: try expander.word(pair.value))
        }
        return result
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

extension FileTransfer {
    fileprivate func expanded(by expander: WordExpander) throws(DockerfileError) -> FileTransfer {
        var result = self
        result.sources = try expander.words(sources)
        result.destination = try expander.word(destination)
        result.owner = try expander.optional(owner)
        result.mode = try expander.optional(mode)
        // In a here-document quotes are text, and a backslash escapes whatever the file's directive says.
        var inside = expander
        inside.escape = .backslash
        inside.ignoresQuotes = true
        for (index, document) in documents.enumerated() where document.expands {
            let word = Word(document.content, document.range)
            result.documents[index].rawContent = try inside.expand(word).text
            result.documents[index].stripsTabs = false
        }
        return result
    }
}
