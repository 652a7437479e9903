/// What an image runs on: operating system, architecture and variant, in Go's words.
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    package var os: String
    package var architecture: String
    package var variant: String?
    package var otherFields: [String: JSONValue] = [:]

    package init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// The platform of the machine that this program was built for.
    package static var host: Platform {
        #if arch(x86_64)
            Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
            Platform(os: "linux", architecture: "arm64")
        #elseif arch(i386)
            Platform(os: "linux", architecture: "386")
        #else
            Platform(os: "linux", architecture: "arm", variant: "v7")
        #endif
    }

    /// Reads `os/architecture[/variant]`, an architecture alone for Linux, or a system alone for this machine's
    /// architecture; the names that `uname` uses become Go's (`x86_64` is `amd64`, `aarch64` is `arm64`).
    ///
    /// Returns `nil` when the text has no such form, or is a single word that is neither.
    package init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy(Self.isPart) else { return nil }
        if parts.count == 1, Self.systems.contains(parts[0]) {
            self.init(os: Self.goNames[parts[0]] ?? parts[0], architecture: Self.host.architecture)
            variant = Self.host.variant
            return
        }
        let architecture = parts.count == 1 ? parts[0] : parts[1]
        let name = Self.goNames[architecture] ?? architecture
        guard parts.count > 1 || Self.architectures.contains(name) else { return nil }
        let os = parts.count == 1 ? "linux" : parts[0]
        self.init(os: Self.goNames[os] ?? os, architecture: name)
        variant = parts.count == 3 ? parts[2] : Self.variants[architecture]
        normalizeVariant()
    }

    private static let goNames = [
        "x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm",
        "armel": "arm", "macos": "darwin",
    ]
    /// What a name says beside the architecture.
    private static let variants = ["armhf": "v7", "armel": "v6"]
    /// Those that Go knows (`go tool dist list`).
    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "macos",
        "netbsd",
        "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
    ]
    private static let architectures: Set<String> = [
        "386", "amd64", "arm", "arm64", "armbe", "arm64be", "loong64", "mips", "mips64", "mips64le", "mipsle",
        "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm",
    ]

    /// Letters, digits and a few signs; a system may have its version in parentheses.
    private static func isPart(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isWordByte || "-.()+".utf8.contains($0) }
    }

    init(_ json: JSONValue, path: String) throws(DocumentError) {
        var reader = try JSONReader(json, path: path)
        os = try reader.string("os") ?? ""
        architecture = try reader.string("architecture") ?? ""
        variant = try reader.string("variant")
        otherFields = reader.rest
    }

    /// `arm64/v8` and `amd64/v1` are what `arm64` and `amd64` mean anyway.
    private mutating func normalizeVariant() {
        if architecture == "arm64", variant == "v8" { variant = nil }
        if architecture == "amd64", variant == "v1" { variant = nil }
        if architecture == "arm", variant == nil { variant = "v7" }
    }

    /// Whether an image for `other` is what somebody asking for this platform wants.
    package func matches(_ other: Platform) -> Bool {
        var (wanted, offered) = (self, other)
        wanted.normalizeVariant()
        offered.normalizeVariant()
        return wanted.os == offered.os && wanted.architecture == offered.architecture
            && wanted.variant == offered.variant
    }

    package var description: String {
        ([os, architecture] + (variant.map { [$0] } ?? [])).joined(separator: "/")
    }

    var json: JSONValue {
        var members = otherFields
        members["os"] = .string(os)
        members["architecture"] = .string(architecture)
        members.set("variant", variant)
        return .object(members)
    }
}
