import BuildHost
import Builder
import Dockerfile
import Sandbox

extension LocalBuildArguments {
    /// Throws ``CommandError`` and ``BuildOptionError`` at what cannot be read.
    func apply(to options: inout BuildOptions, _ surroundings: Surroundings) throws {
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

    /// Where the image goes, paths made absolute. Throws ``BuildOptionError``.
    func outputs(_ surroundings: Surroundings) throws(BuildOptionError) -> [BuildOutput] {
        var outputs = try Self.outputs(output, surroundings)
        if push { outputs.append(BuildOutput(kind: .registry)) }
        return outputs
    }

    static func outputs(_ texts: [String], _ surroundings: Surroundings) throws(BuildOptionError)
        -> [BuildOutput]
    {
        var outputs: [BuildOutput] = []
        for text in texts {
            var output = try BuildOutput(parsing: text)
            if case .path(let path)? = output.destination {
                output.destination = .path(surroundings.absolute(path))
            }
            outputs.append(output)
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
        limits.processors = try processors()
        limits.processorSet = cpusetCpus
        limits.processorShares = try cpuShares.flatMap { shares throws(CommandError) in
            guard shares >= 0 else {
                throw mistake("--cpu-shares \(shares)", "a number from 2, or 0 for the usual")
            }
            return shares == 0 ? nil : max(2, shares)
        }
        limits.processes = try pidsLimit.flatMap { count throws(CommandError) in
            guard count >= -1 else { throw mistake("--pids-limit \(count)", "a number, or -1 for no limit") }
            return count < 1 ? nil : count
        }
        limits.time = try timeout.map { seconds throws(CommandError) in
            guard seconds > 0, seconds <= Self.longestTime else {
                throw mistake("--timeout \(seconds)", "a number of seconds, at most \(Int(Self.longestTime))")
            }
            return .seconds(seconds)
        }
        for text in ulimit {
            let (name, limit) = try resource(text)
            limits.resources[name] = limit
        }
        return limits
    }

    /// A year, in seconds.
    private static let longestTime = 31_536_000.0

    private func processors() throws(CommandError) -> Double? {
        guard let cpus else { return nil }
        guard cpus == 0 || cpus >= 0.01, cpus <= 100_000 else {
            throw mistake("--cpus \(cpus)", "a number from 0.01, or 0 for all")
        }
        return cpus == 0 ? nil : cpus
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
