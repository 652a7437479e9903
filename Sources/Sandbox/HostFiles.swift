import Glibc

/// The files that every container is given: how it is called, and whom it can ask for names.
enum HostFiles {
    static func hosts(of container: Container) -> String {
        var text = "127.0.0.1\tlocalhost \(container.hostname)\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        for host in container.hosts { text += "\(host.address)\t\(host.name)\n" }
        return text
    }

    /// The host's own, where the container has the host's network; else what its private network answers for.
    static func resolver(of container: Container) -> String {
        let own = contents("/etc/resolv.conf") ?? ""
        guard container.network == .private else { return own }
        let kept = own.split(separator: "\n").filter { line in
            ["search", "domain", "options"].contains { line.hasPrefix($0) }
        }
        return (kept + ["nameserver \(PrivateNetwork.nameServer)"]).joined(separator: "\n") + "\n"
    }

    /// The beginning of a file; `nil` where there is none to read.
    static func contents(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(SandboxError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SandboxError("write `\(path)`", errno: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SandboxError("write `\(path)`", errno: errno) }
            rest = rest.dropFirst(count)
        }
        // Whatever the umask is.
        guard fchmod(file, mode) == 0 else { throw SandboxError("write `\(path)`", errno: errno) }
    }
}
