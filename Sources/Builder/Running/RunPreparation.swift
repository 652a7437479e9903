import Dockerfile
import Foundation
import OCI
import Sandbox

/// Lays out what a `RUN` instruction sees, and describes its container. All calls block.
struct RunPreparation {
    let step: RunStep
    let options: BuildOptions
    let maker: LayerMaker
    let snapshots: Snapshots

    /// A container that can be run, and what has to live as long as it.
    struct Prepared: Sendable {
        var container: Container
        var workspace: RunWorkspace
        var leases: [CacheMountLease] = []
        /// What must not be read in its output.
        var secrets: [[UInt8]] = []
        /// The directories of the layers under it.
        var directories: [String]
    }

    func prepare(
        _ stage: inout StageState, _ limits: Container.Limits, _ isCanceled: () -> Bool
    ) throws -> Prepared {
        let directories = try stage.directories(maker, snapshots)
        let root = stage.tree.node(at: "") ?? .root
        let workspace = try RunWorkspace(in: "\(snapshots.directory)/\(Self.folder)", root: root)
        var container = Container(
            name: "run-\(UUID().uuidString.lowercased())", layersDirectory: snapshots.directory,
            layers: directories.map(Self.files), upper: workspace.upper, work: workspace.work,
            arguments: step.arguments)
        container.environment = step.environment + step.proxies.map { "\($0.name)=\($0.value)" }
        container.workingDirectory = step.workingDirectory
        container.user = Container.User(
            uid: step.identity.owner.uid, gid: step.identity.owner.gid, groups: step.identity.groups)
        if let name = options.hostname { container.hostname = name }
        container.network = step.network.containerNetwork
        container.hosts = options.hosts.map { ($0.address, $0.name) }
        container.limits = limits
        container.isPrivileged = step.isInsecure
        var prepared = Prepared(container: container, workspace: workspace, directories: directories)
        if let script = step.script {
            prepared.container.mounts.append(
                ContainerMount(
                    .file(Array(script.content.utf8), mode: 0o755, uid: 0, gid: 0), at: script.path,
                    isReadOnly: true))
        }
        // A mount below another one comes behind it.
        let depths = step.mounts.enumerated().map { ($1.target.split(separator: "/").count, $0) }.sorted {
            $0 < $1
        }
        for (_, index) in depths { try add(step.mounts[index], to: &prepared, isCanceled) }
        return prepared
    }

    /// Beside the snapshots, for overlayfs wants all on one file system.
    private static let folder = "incoming"

    private static func files(_ name: String) -> String { "\(name)/\(Snapshots.files)" }

    private func add(_ mount: RunStep.Mount, to prepared: inout Prepared, _ isCanceled: () -> Bool) throws {
        switch mount.options.kind {
        case .bind: try addBind(mount, to: &prepared)
        case .cache: try addCache(mount, to: &prepared, isCanceled)
        case .tmpfs:
            let size = mount.options.size
            prepared.container.mounts.append(
                ContainerMount(
                    .temporary(size: size == 0 ? nil : size, mode: 0o1777), at: mount.target,
                    isReadOnly: false))
        case .secret: try addSecret(mount, to: &prepared)
        case .ssh: try addAgent(mount, to: &prepared)
        }
    }

    private func addBind(_ mount: RunStep.Mount, to prepared: inout Prepared) throws {
        guard let source = mount.source else { return }
        let (directories, path) = try directories(of: source)
        let isReadOnly = mount.options.isReadOnly
        // What is written into it is thrown away, as with BuildKit.
        let changes = isReadOnly ? nil : try prepared.workspace.overlay()
        prepared.container.mounts.append(
            ContainerMount(
                .layers(
                    directories.map(Self.files), path: path, upper: changes?.upper, work: changes?.work),
                at: mount.target, isReadOnly: isReadOnly))
    }

    private func directories(of source: RunMountSource) throws -> (names: [String], path: String) {
        switch source.content {
        case .layers(let layers, let path):
            var stage = StageState(platform: options.platform)
            for layer in layers { stage.add(try maker.existing(layer)) }
            try stage.settle()
            return (try stage.directories(maker, snapshots), path)
        case .entries(let entries, let path):
            return ([try snapshots.name(of: entries, key: source.key)], path)
        }
    }

    private func addCache(_ mount: RunStep.Mount, to prepared: inout Prepared, _ isCanceled: () -> Bool)
        throws
    {
        let cache = mount.options
        let key = CacheMounts.Key(
            id: options.cacheMountNamespace + (cache.id.isEmpty ? mount.target : cache.id),
            content: mount.source?.key ?? "",
            mode: cache.mode ?? 0o755, userID: cache.userID ?? 0, groupID: cache.groupID ?? 0)
        let mounts = CacheMounts(directory: "\(snapshots.directory)/../mounts")
        let lease = try mounts.lease(key, cache.sharing ?? .shared, isCanceled: isCanceled) { directory in
            guard let source = mount.source else { return false }
            try source.layOut(as: directory)
            return true
        }
        prepared.leases.append(lease)
        prepared.container.mounts.append(
            ContainerMount(.bind(lease.data), at: mount.target, isReadOnly: cache.isReadOnly))
    }

    private func addSecret(_ mount: RunStep.Mount, to prepared: inout Prepared) throws {
        let secret = mount.options
        let id = mount.secretID
        guard let bytes = try options.secret(id, at: mount.word) else {
            guard secret.isRequired else { return }
            throw mount.word.error(
                "the build has no secret `\(id)`", hint: "give it with `--secret id=\(id),src=FILE`")
        }
        prepared.secrets.append(bytes)
        if let name = secret.environment {
            prepared.container.environment.append(
                "\(name.isEmpty ? id : name)=\(String(decoding: bytes, as: UTF8.self))")
            if secret.target.isEmpty { return }
        }
        prepared.container.mounts.append(
            ContainerMount(
                .file(
                    bytes, mode: secret.mode ?? 0o400, uid: Int(secret.userID ?? 0),
                    gid: Int(secret.groupID ?? 0)), at: mount.target, isReadOnly: true))
    }

    private func addAgent(_ mount: RunStep.Mount, to prepared: inout Prepared) throws {
        let id = mount.options.id.isEmpty ? "default" : mount.options.id
        guard let socket = options.agents[id] else {
            guard mount.options.isRequired else { return }
            throw mount.word.error(
                "the build has no SSH agent `\(id)`", hint: "give it with `--ssh \(id)`")
        }
        if !prepared.container.environment.contains(where: { $0.hasPrefix("SSH_AUTH_SOCK=") }) {
            prepared.container.environment.append("SSH_AUTH_SOCK=\(mount.target)")
        }
        prepared.container.mounts.append(
            ContainerMount(.bind(socket), at: mount.target, isReadOnly: false))
    }
}

extension BuildOptions {
    /// `nil` where the build was not given it.
    fileprivate func secret(_ id: String, at word: Word) throws -> [UInt8]? {
        switch secrets[id] {
        case nil: return nil
        case .value(let bytes): return bytes
        case .file(let path):
            do { return Array(try Data(contentsOf: URL(filePath: path))) } catch {
                throw word.error("the secret `\(id)` cannot be read from `\(path)`")
            }
        }
    }
}

extension RunInstruction.Network {
    fileprivate var containerNetwork: Container.Network {
        switch self {
        case .default: .private
        case .none: .none
        case .host: .host
        }
    }
}
