import Foundation

/// Programs that are made for another processor, and can be run where the kernel was told how (binfmt_misc).
package enum ForeignPrograms {
    private static let registry = "/proc/sys/fs/binfmt_misc"
    /// What QEMU calls the architectures that have another name elsewhere.
    private static let names = [
        "amd64": "x86_64", "386": "i386", "arm64": "aarch64", "mips64le": "mips64el", "mipsle": "mipsel",
        "loong64": "loongarch64",
    ]
    /// What a processor runs beside its own programs.
    private static let compatible = ["amd64": ["386"], "arm64": ["arm"]]

    /// Whether containers can run programs for an architecture, in Go's words, on a host of another or the same.
    package static func canRun(_ architecture: String, on host: String) -> Bool {
        if architecture == host || compatible[host]?.contains(architecture) == true { return true }
        let name = "qemu-\(names[architecture] ?? architecture)"
        guard let entry = try? String(contentsOfFile: "\(registry)/\(name)", encoding: .utf8) else {
            return false
        }
        let lines = entry.split(separator: "\n")
        // `F` keeps the interpreter open: it is not looked for in the container, where it is not.
        return lines.contains("enabled") && lines.contains { $0.hasPrefix("flags:") && $0.contains("F") }
    }
}
