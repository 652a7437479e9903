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
            variables.set(assignments)
        case .label(let assignments):
            for pair in assignments.pairs { config.execution.labels = labels(adding: pair) }
        case .user(let user): config.execution.user = user.text
        case .expose(let ports): try expose(ports)
        case .volume(let paths):
            let volumes = Set(config.execution.volumes ?? []).union(paths.map(\.text))
            config.execution.volumes = volumes.sorted { $0.precedes($1) }
        case .stopsignal(let word):
            try StopSignal.check(word)
            config.execution.stopSignal = word.text
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

    private func healthcheck(_ check: Healthcheck) -> ImageConfig.Healthcheck {
        guard case .command(let line, let timing) = check else {
            return ImageConfig.Healthcheck(test: ["NONE"])
        }
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
        for word in words { ports.formUnion(try ExposedPort.ports(in: word).map(\.description)) }
        config.execution.exposedPorts = ports.sorted { $0.precedes($1) }
    }
}
