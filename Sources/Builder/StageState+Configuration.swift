import Dockerfile
import OCI

extension StageState {
    /// Does an instruction that changes only the configuration, its variables replaced.
    ///
    /// Returns whether it is one. Throws ``DockerfileError`` when its words make no sense.
    mutating func configure(_ instruction: Instruction) throws -> Bool {
        switch instruction.action {
        case .env(let assignments):
            for pair in assignments.pairs { setEnvironment(pair.name.text, pair.value.text) }
        case .label(let assignments):
            for pair in assignments.pairs { config.execution.labels = labels(adding: pair) }
        case .user(let user): config.execution.user = user.text
        case .expose(let ports): try expose(ports)
        case .volume(let paths):
            let volumes = Set(config.execution.volumes ?? []).union(paths.map(\.text))
            config.execution.volumes = volumes.sorted { $0.precedes($1) }
        case .stopsignal(let word): config.execution.stopSignal = try Signal.checked(word)
        case .shell(let words): config.execution.shell = words
        case .cmd(let line):
            config.execution.command = words(of: line)
            hasOwnCommand = true
        case .entrypoint(let line):
            config.execution.entrypoint = words(of: line)
            if !hasOwnCommand { config.execution.command = nil }
        case .healthcheck(let check): config.execution.healthcheck = healthcheck(check)
        case .maintainer(let name): config.author = name
        case .onbuild(let trigger):
            config.execution.onBuild = (config.execution.onBuild ?? []) + [trigger.trigger]
        case .arg, .copy, .add, .run, .workdir: return false
        }
        return true
    }

    private mutating func setEnvironment(_ name: String, _ value: String) {
        var environment = config.execution.environment ?? []
        let entry = "\(name)=\(value)"
        if let index = environment.firstIndex(where: { $0 == name || $0.hasPrefix(name + "=") }) {
            environment[index] = entry
        } else {
            environment.append(entry)
        }
        config.execution.environment = environment
    }

    private func labels(adding pair: Assignments.Pair) -> [String: String] {
        var labels = config.execution.labels ?? [:]
        labels[pair.name.text] = pair.value.text
        return labels
    }

    private func words(of line: CommandLine) -> [String] {
        switch line {
        case .exec(let words): words
        case .shell(let text): shell + [text]
        }
    }

    private func healthcheck(_ check: Dockerfile.Healthcheck) -> ImageConfig.Healthcheck {
        guard case .command(let line, let timing) = check else { return ImageConfig.Healthcheck(test: ["NONE"]) }
        var healthcheck =
            switch line {
            case .exec(let words): ImageConfig.Healthcheck(test: ["CMD"] + words)
            case .shell(let text): ImageConfig.Healthcheck(test: ["CMD-SHELL", text])
            }
        healthcheck.interval = timing.interval
        healthcheck.timeout = timing.timeout
        healthcheck.startPeriod = timing.startPeriod
        healthcheck.startInterval = timing.startInterval
        healthcheck.retries = timing.retries
        return healthcheck
    }

    private mutating func expose(_ words: [Word]) throws {
        var ports = Set(config.execution.exposedPorts ?? [])
        for word in words { ports.formUnion(try Port.all(in: word)) }
        config.execution.exposedPorts = ports.sorted { $0.precedes($1) }
    }
}

/// Ports as `EXPOSE` names them.
private enum Port {
    private static let protocols = ["tcp", "udp", "sctp"]

    /// Reads `PORT[-PORT][/PROTOCOL]`; what stands before a colon, as in `docker run -p`, means nothing here.
    static func all(in word: Word) throws -> [String] {
        let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? parts[1].lowercased() : "tcp"
        let inner = parts.first?.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let bounds = inner.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard protocols.contains(kind), (1...2).contains(bounds.count), let first = bounds[0],
            let last = bounds.last ?? first, first <= last
        else {
            throw word.error(
                "`\(word.text)` is no port: expected a number up to 65535, or two with a dash between",
                hint: "it may end in `/tcp`, `/udp` or `/sctp`")
        }
        return (first...last).map { "\($0)/\(kind)" }
    }
}

/// Signals as `STOPSIGNAL` names them.
private enum Signal {
    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
    ]

    static func checked(_ word: Word) throws -> String {
        let text = word.text
        if let number = Int(text), (1...64).contains(number) { return text }
        let name = text.uppercased().hasPrefix("SIG") ? String(text.uppercased().dropFirst(3)) : text.uppercased()
        let isRealTime =
            (name.hasPrefix("RTMIN+") || name.hasPrefix("RTMAX-")) && UInt8(name.dropFirst(6)).map { $0 <= 15 } == true
        guard names.contains(name) || isRealTime else {
            throw word.error("`\(text)` is no signal: expected a name such as `SIGTERM`, or a number from 1 to 64")
        }
        return text
    }
}
