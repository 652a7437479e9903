import BuildHost
import Builder
import Dockerfile
import Sandbox

extension LocalBuildArguments {
    /// Throws ``CommandError`` at what cannot be read.
    func apply(to options: inout BuildOptions, _ surroundings: Surroundings) throws(CommandError) {
        if let network {
            guard let mode = RunInstruction.Network(rawValue: network) else {
                throw mistake("--network \(network)", "`default`, `none` or `host`")
            }
            options.network = mode
        }
        for text in allow {
            guard let entitlement = BuildOptions.Entitlement(rawValue: text) else {
                throw mistake("--allow \(text)", "`network.host` or `security.insecure`")
            }
            options.entitlements.insert(entitlement)
        }
        for text in secret {
            let (id, secret) = try SecretOption.parse(text, surroundings)
            options.secrets[id] = secret
        }
        for text in ssh {
            let (id, socket) = BuildArguments.pair(text)
            guard let path = socket ?? surroundings.environment["SSH_AUTH_SOCK"] else {
                throw CommandError(
                    "there is no SSH agent for `--ssh \(text)`",
                    hint: "start one with `ssh-agent`, or name its socket: `--ssh \(id)=SOCKET`",
                    status: .usage)
            }
            options.agents[id] = surroundings.absolute(path)
        }
        for text in addHost { options.hosts.append(try host(text)) }
        if let unpackLimit { options.unpackLimit = unpackLimit.bytes }
        options.stagesWithoutCache = Set(noCacheFilter)
    }

    private func host(_ text: String) throws(CommandError) -> BuildOptions.Host {
        guard let mark = text.firstIndex(where: { $0 == ":" || $0 == "=" }), mark > text.startIndex else {
            throw mistake("--add-host \(text)", "`NAME:ADDRESS`")
        }
        var address = String(text[text.index(after: mark)...])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard !address.isEmpty else { throw mistake("--add-host \(text)", "`NAME:ADDRESS`") }
        return BuildOptions.Host(name: String(text[..<mark]), address: address)
    }

    private func mistake(_ flag: String, _ expected: String) -> CommandError {
        CommandError("`\(flag)`: expected \(expected)", status: .usage)
    }

    /// Where the image goes, paths made absolute. Throws ``CommandError``.
    func outputs(_ surroundings: Surroundings) throws(CommandError) -> [BuildOutput] {
        var outputs = try Self.outputs(output, surroundings)
        if push { outputs.append(BuildOutput(kind: .registry)) }
        return outputs
    }

    static func outputs(_ texts: [String], _ surroundings: Surroundings) throws(CommandError) -> [BuildOutput]
    {
        var outputs: [BuildOutput] = []
        for text in texts {
            do {
                var output = try BuildOutput(parsing: text)
                if case .path(let path)? = output.destination {
                    output.destination = .path(surroundings.absolute(path))
                }
                outputs.append(output)
            } catch { throw CommandError(error.message, hint: error.hint, status: .usage) }
        }
        return outputs
    }

    // MARK: Limits

    /// Throws ``CommandError`` at what cannot be read.
    func limits() throws(CommandError) -> Container.Limits {
        var limits = Container.Limits()
        if let memory { limits.memory = try size(memory, "--memory") }
        if let memorySwap {
            limits.memoryAndSwap = memorySwap == "-1" ? -1 : try size(memorySwap, "--memory-swap")
        }
        if let shmSize { limits.sharedMemory = try size(shmSize, "--shm-size") }
        limits.processors = cpus
        limits.processorSet = cpusetCpus
        limits.processorShares = cpuShares
        limits.processes = pidsLimit
        limits.time = timeout.map { .seconds($0) }
        for text in ulimit {
            let (name, limit) = try resource(text)
            limits.resources[name] = limit
        }
        return limits
    }

    /// How large the store may become, in bytes.
    func cacheLimit(_ surroundings: Surroundings) throws(CommandError) -> Int64 {
        let text =
            cacheSize ?? surroundings.environment["SLIPWAY_CACHE_SIZE"].flatMap { $0.isEmpty ? nil : $0 }
        return try text.map { text throws(CommandError) in try size(text, "--cache-size") } ?? 20 << 30
    }

    private func size(_ text: String, _ flag: String) throws(CommandError) -> Int64 {
        guard let size = ByteSize(text) else { throw mistake("\(flag) \(text)", "a size such as `512m`") }
        return size.bytes
    }

    private func resource(_ text: String) throws(CommandError) -> (String, Container.ResourceLimit) {
        let (name, value) = BuildArguments.pair(text)
        let parts = (value ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard HostResources.names.contains(name) else {
            throw mistake("--ulimit \(text)", "one of \(HostResources.names.joined(separator: ", "))")
        }
        guard (1...2).contains(parts.count), let soft = limit(parts[0]),
            let hard = limit(parts[parts.count - 1]),
            soft <= hard
        else { throw mistake("--ulimit \(text)", "`NAME=SOFT[:HARD]`") }
        return (name, Container.ResourceLimit(soft: soft, hard: hard))
    }

    private func limit(_ text: Substring) -> UInt64? { text == "-1" ? .max : UInt64(text) }
}

/// `--secret id=ID[,src=FILE|env=NAME]`.
enum SecretOption {
    static func parse(_ text: String, _ surroundings: Surroundings) throws(CommandError) -> (String, Secret) {
        var fields: [String: String] = [:]
        for field in text.split(separator: ",") {
            let (name, value) = BuildArguments.pair(String(field))
            guard let value, ["id", "src", "source", "env", "type"].contains(name) else {
                throw CommandError(
                    "`--secret \(text)`: expected `id=ID,src=FILE` or `id=ID,env=NAME`", status: .usage)
            }
            fields[name == "source" ? "src" : name] = value
        }
        guard let id = fields["id"] ?? fields["src"]?.split(separator: "/").last.map(String.init) else {
            throw CommandError("`--secret \(text)` has no `id`", status: .usage)
        }
        if let path = fields["src"], fields["type"] != "env" {
            return (id, .file(surroundings.absolute(path)))
        }
        let name = fields["env"] ?? fields["src"] ?? id
        if let value = surroundings.environment[name] { return (id, .value(Array(value.utf8))) }
        guard fields["env"] == nil, fields["type"] == nil else {
            throw CommandError(
                "the environment has no `\(name)` for the secret `\(id)`", status: .usage)
        }
        return (id, .file(surroundings.absolute(id)))
    }
}
