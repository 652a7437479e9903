import Dockerfile
import OCI

/// A `RUN` instruction as it is to be done: every word replaced, every path absolute.
struct RunStep: Sendable {
    /// A mount, and where it is asked for.
    struct Mount: Sendable {
        var options: RunMount
        /// Absolute.
        var target: String
        /// What it shows, for `bind` and for a `cache` that starts with something.
        var source: RunMountSource?
        var word: Word

        /// A secret's own name: its `id` or `source`, else the last part of where it is put.
        var secretID: String {
            if !options.source.isEmpty { return options.source }
            return options.id.isEmpty ? options.target.lastComponent : options.id
        }

        /// - Parameter source: where its files come from; `nil` where it has none.
        ///
        /// Throws ``DockerfileError`` at a mount that cannot be made. Blocks.
        init(
            _ options: RunMount, _ word: Word, _ source: SourceTree?, in stage: StageState,
            _ maker: LayerMaker
        ) throws {
            self.options = options
            self.word = word
            target = ""
            target = stage.absolute(options.target.isEmpty ? defaultTarget(stage) : options.target)
            if target.hasTrailingSlash, target != "/" { target.removeLast() }
            guard target != "/" else {
                throw word.error(
                    "a mount cannot be at the root", hint: "write `target=` and a directory below it")
            }
            if let source {
                self.source = try RunMountSource(options.source, in: source, at: word, maker)
            }
        }

        private func defaultTarget(_ stage: StageState) -> String {
            switch options.kind {
            case .secret: "/run/secrets/\(secretID.lastComponent)"
            case .ssh: "/run/buildkit/ssh_agent.0"
            case .bind, .cache, .tmpfs: stage.workingDirectory
            }
        }
    }

    /// A script of a here-document, which only this instruction sees.
    struct Script: Hashable, Sendable {
        var path: String
        var content: String
    }

    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    /// Variables that say how the network is reached: like it they are no inputs.
    var proxies: [(name: String, value: String)]
    var workingDirectory: String
    var identity: Accounts.Identity
    var network: RunInstruction.Network
    var isInsecure: Bool
    var script: Script?
    var mounts: [Mount] = []

    /// BuildKit's place for scripts: nothing of it stays in the layer.
    private static let scriptDirectory = "/dev/pipes"

    /// Throws ``DockerfileError`` at what the build does not allow, and ``BuildError`` for an unknown user.
    init(_ run: RunInstruction, _ instruction: Instruction, in stage: StageState, _ options: BuildOptions)
        throws
    {
        switch run.script {
        case .exec(let words): arguments = words
        case .shell(let text): arguments = stage.shell + [text]
        case .file(let name, let content):
            let script = Script(path: "\(Self.scriptDirectory)/\(name)", content: content)
            arguments = [script.path]
            self.script = script
        }
        let environment = stage.containerEnvironment
        self.environment = environment
        proxies = options.proxies.filter { proxy in !environment.contains { $0.hasPrefix(proxy.name + "=") } }
        workingDirectory = stage.workingDirectory
        identity = try Accounts(in: stage.tree).identity(stage.config.execution.user ?? "")
        network = run.network == .default ? options.network : run.network
        isInsecure = run.security == .insecure
        try checkEntitlements(run, instruction, options)
    }

    private func checkEntitlements(
        _ run: RunInstruction, _ instruction: Instruction, _ options: BuildOptions
    ) throws(DockerfileError) {
        let missing: BuildOptions.Entitlement
        switch (run.network, isInsecure) {
        case (_, true) where !options.entitlements.contains(.insecure): missing = .insecure
        // Whoever starts the build with the host's network has allowed it.
        case (.host, _) where options.network != .host && !options.entitlements.contains(.hostNetwork):
            missing = .hostNetwork
        default: return
        }
        let flag = missing == .insecure ? "--security=insecure" : "--network=host"
        throw instruction.error(
            "`RUN \(flag)` is not allowed in this build",
            hint: "allow it with `--allow \(missing.rawValue)`, if you trust the Dockerfile")
    }

    /// What decides the result, for a stage as it stands.
    func inputs(on stage: StageState, _ options: BuildOptions) throws -> RunInputs {
        var inputs = RunInputs()
        try inputs.add("the command", arguments + (script.map { [$0.content] } ?? []))
        for (number, layer) in stage.layers.enumerated() {
            inputs.add(digested: "the layer \(number + 1) under it", layer.diffID.hex)
        }
        for variable in environment.sorted(by: { $0.precedes($1) }) {
            let name = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)[0]
            try inputs.add("the variable `\(name)`", variable)
        }
        try inputs.add("the working directory", workingDirectory)
        try inputs.add("the user", "\(identity.owner.uid):\(identity.owner.gid) \(identity.groups)")
        for mount in mounts { try inputs.add("what is mounted at `\(mount.target)`", mount.key) }
        try inputs.add("the network", network.rawValue)
        try inputs.add("the protection", isInsecure ? "insecure" : "sandbox")
        try inputs.add("the platform", options.platform.description)
        try inputs.add("the name of the host", options.hostname ?? "")
        try inputs.add("the list of hosts", options.hosts.map { "\($0.name) \($0.address)" })
        try inputs.add("the time that `SOURCE_DATE_EPOCH` sets", "\(options.sourceDateEpoch ?? -1)")
        return inputs
    }
}

extension RunStep.Mount {
    /// A secret, an agent and what a cache holds are no inputs: only that they are there is.
    fileprivate var key: String {
        let ids = [options.userID, options.groupID, options.mode].map { $0.map(String.init) ?? "-" }
        return "\(options.kind.rawValue) \(options.isReadOnly) \(options.id) \(options.size) \(ids) "
            + "\(options.environment ?? "") \(source?.key ?? "")"
    }
}

extension BuildOptions {
    private static let proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]

    /// The build arguments that every `RUN` sees, whether the Dockerfile declares them or not.
    fileprivate var proxies: [(name: String, value: String)] {
        Self.proxyNames.flatMap { [$0, $0.lowercased()] }.compactMap { name in
            buildArguments[name].map { (name, $0) }
        }
    }
}

extension StageState {
    /// What a container's programs find in their environment: `ENV` in its order, then each `ARG`.
    fileprivate var containerEnvironment: [String] {
        var environment = config.execution.environment ?? []
        for name in variables.argumentNames {
            guard let value = variables.values[name] else { continue }
            environment.removeAll { $0.hasPrefix(name + "=") }
            environment.append("\(name)=\(value)")
        }
        return environment
    }

    /// What the times of a `RUN` layer are clamped to: the newest time under it, which depends on the layers alone, so
    /// that a step that is found again and one that is done again give the same layer.
    ///
    /// Where `SOURCE_DATE_EPOCH` is asked for, nothing is younger than that.
    func clampTime(_ options: BuildOptions) -> Int64 {
        options.sourceDateEpoch.map { min($0, newestTime) } ?? newestTime
    }
}
