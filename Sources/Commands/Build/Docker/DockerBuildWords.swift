/// Lets `slipway build` be written as `docker build` and `docker buildx build` are.
///
/// Scripts that say `docker build` go on to work: what Docker spells otherwise is spelled as here, what changes nothing
/// here is left out, and what cannot be done is refused with what to do instead.
struct DockerBuildWords {
    private var words: [DockerWord] = []
    private var quota = ProcessorQuota()
    private var documents: [DocumentRequest.Kind: Bool] = [:]

    /// The words of a whole command line; those of another command than `build` are as they were.
    ///
    /// Throws ``CommandError`` with the status ``ExitStatus/usage``.
    static func translated(_ arguments: [String]) throws(CommandError) -> [String] {
        guard arguments.first == "build" else { return arguments }
        // Who asks for help wants no complaint about the rest.
        let options = arguments.prefix { $0 != "--" }
        guard !options.contains(where: { ["-h", "--help", "-help"].contains($0) }) else { return arguments }
        var translation = Self()
        var others: [String] = []
        let read = try DockerWord.reading(arguments.dropFirst())
        for (place, word) in read.enumerated() {
            if word == .other("--") {
                others = read[place...].map(\.spelling)
                break
            }
            try translation.take(word)
        }
        return try ["build"] + translation.spellings() + others
    }

    /// What is added stands in front: behind an option without a value it would become that.
    private func spellings() throws(CommandError) -> [String] {
        var added = DocumentRequest.Kind.allCases.filter { documents[$0] == true }
            .map { DockerWord.flag($0.rawValue, isOn: true) }
        if let processors = try quota.processors() {
            guard !words.contains(where: \.saysProcessors) else {
                throw CommandError(
                    "`--cpu-quota` and `--cpus` both say how many processors there are",
                    hint: "leave out one of them", status: .usage)
            }
            added.append(.option("cpus", value: "\(processors)"))
        }
        return (added + words).map(\.spelling)
    }

    private mutating func take(_ word: DockerWord) throws(CommandError) {
        switch word {
        case .other: words.append(word)
        case .flag(let name, let isOn): try take(flag: name, isOn: isOn)
        case .option(let name, let value): try take(option: name, value)
        }
    }

    // MARK: Flags

    private mutating func take(flag name: String, isOn: Bool) throws(CommandError) {
        if let kind = DocumentRequest.Kind(rawValue: name) {
            documents[kind] = isOn
            return
        }
        // What Docker keeps of a build's containers, how it sends the context and how much it says of itself.
        let idle = ["compress", "debug", "disable-content-trust", "force-rm", "rm", "stream"]
        if idle.contains(name) { return }
        if isOn { try Self.refuse(flag: name) }
        // The last one counts.
        words.removeAll { if case .flag(name, _) = $0 { true } else { false } }
        if isOn { words.append(.flag(name, isOn: true)) }
    }

    private static func refuse(flag name: String) throws(CommandError) {
        switch name {
        case "load":
            throw CommandError(
                "`--load` is for Docker's own store, which this program does not know",
                hint: "use `--output type=docker,dest=image.tar`, and then `docker load -i image.tar`",
                status: .usage)
        case "squash":
            throw CommandError(
                "`--squash` is not supported: it would lose the layers that images share",
                hint: "copy what is needed from a stage to another with `COPY --from`", status: .usage)
        default: break
        }
    }

    // MARK: Options

    private mutating func take(option name: String, _ value: String) throws(CommandError) {
        // Scripts write `--target "$TARGET"` whether there is one or not.
        if value.isEmpty {
            guard DockerOption.named(name)?.form != .value else { return }
            // The next word would be taken for the value.
            throw CommandError("`--\(name)` has an empty value", status: .usage)
        }
        switch name {
        case "cpu-period": quota.period = value
        case "cpu-quota": quota.quota = value
        case "call": try call(value)
        case "attest": try request(value, nil, name)
        case "sbom", "provenance": try request(value, DocumentRequest.Kind(rawValue: name), name)
        case "isolation" where value == "default": return
        default:
            try Self.refuse(option: name, value)
            words.append(.option(name, value: value))
        }
    }

    private mutating func request(
        _ value: String, _ kind: DocumentRequest.Kind?, _ option: String
    ) throws(CommandError) {
        let request = try DocumentRequest(parsing: value, kind: kind, option: option)
        documents[request.kind] = request.isWanted
    }

    /// `--call METHOD[,format=FORMAT]`.
    private mutating func call(_ value: String) throws(CommandError) {
        switch value {
        case "build": return
        case "check", "check,format=text", "lint", "lint,format=text": try take(flag: "check", isOn: true)
        default:
            throw CommandError(
                "`--call \(value)` is not supported: expected `build` or `check`",
                hint: "`--check` prints what is likely wrong with the Dockerfile", status: .usage)
        }
    }

    private static func refuse(option name: String, _ value: String) throws(CommandError) {
        let (reason, hint): (String, String)
        switch name {
        case "builder":
            (reason, hint) = ("there are no builders to choose from", "`--host URL` names a daemon")
        case "cgroup-parent":
            (reason, hint) = (
                "each `RUN` has a group of its own", "`--memory`, `--cpus` and `--pids-limit` bound it"
            )
        case "cpuset-mems":
            (reason, hint) = ("memory is not bound to nodes", "`--cpuset-cpus LIST` chooses processors")
        case "isolation":
            (reason, hint) = ("containers are Linux's alone", "leave it out")
        case "security-opt":
            (reason, hint) = (
                "each `RUN` has Docker's usual protection",
                "`RUN --security=insecure` with `--allow security.insecure` takes it away"
            )
        default: return
        }
        throw CommandError("`--\(name) \(value)` is not supported: \(reason)", hint: hint, status: .usage)
    }
}

extension DockerWord {
    /// `--cpus` is no option of Docker's, and so nothing that was read.
    fileprivate var saysProcessors: Bool {
        guard case .other(let word) = self else { return false }
        return word == "--cpus" || word.hasPrefix("--cpus=")
    }
}
