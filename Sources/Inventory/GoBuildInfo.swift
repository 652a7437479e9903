/// What the Go linker writes into a program: the compiler's version and the modules it was made of.
///
/// Sixteen bytes that name the format, sixteen more that are of older compilers' use, then two texts, each behind its
/// length (`debug/buildinfo` of Go 1.18 and later).
package struct GoBuildInfo: Hashable, Sendable {
    /// What the data begin with, at a place that 16 divides.
    package static let magic: [UInt8] = [0xFF] + Array(" Go buildinf:".utf8)
    package static let alignment = 16
    /// How many bytes behind its start tell all; no program is known whose list is longer.
    package static let maximumSize = 1 << 20

    /// `go1.22.1`.
    package let goVersion: String
    /// The lines that name modules: `path`, `mod`, `dep` and `=>`, words between tabs.
    let lines: [Substring]

    /// Reads what begins with ``magic``; `nil` where it only looks so, or an older compiler wrote it.
    package init?(parsing bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let isInline: UInt8 = 2
        guard bytes.starts(with: Self.magic), bytes.count > 32, bytes[15] & isInline != 0 else { return nil }
        var rest = bytes[32...]
        guard let version = Self.text(&rest), version.starts(with: "go".utf8),
            let modules = Self.text(&rest)
        else { return nil }
        goVersion = String(decoding: version, as: UTF8.self)
        // The list stands between two marks of sixteen bytes.
        let hasMarks = modules.count >= 33
        let list = hasMarks ? modules.dropFirst(16).dropLast(16) : []
        lines = Substring(String(decoding: list, as: UTF8.self)).lines
    }

    /// A text behind its length, a number in groups of seven bits, lowest first.
    private static func text(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var length = 0
        var shift = 0
        while let byte = rest.popFirst() {
            guard shift <= 28 else { return nil }
            length |= Int(byte & 0x7F) << shift
            shift += 7
            guard byte & 0x80 == 0 else { continue }
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(length) }
            return rest.prefix(length)
        }
        return nil
    }
}

extension Findings {
    /// Adds the modules that a Go program was made of, the standard library too.
    package mutating func add(_ info: GoBuildInfo, inProgram path: String) {
        let file = InventoryFile(path: path, bytes: [])
        var modules: [GoModule] = []
        for line in info.lines {
            let words = line.utf8.split(separator: UInt8(ascii: "\t")).map { String(Substring($0)) }
            guard words.count >= 3 else { continue }
            let module = GoModule(path: words[1], version: words[2])
            switch words[0] {
            case "dep": modules.append(module)
            // What the program itself is of has a version only where it was installed from a proxy.
            case "mod" where module.version.hasPrefix("v"): modules.append(module)
            // A folder that takes a module's place is of the project.
            case "=>" where module.path.hasPrefix(".") || module.path.hasPrefix("/"): _ = modules.popLast()
            case "=>" where !modules.isEmpty: modules[modules.count - 1] = module
            default: break
            }
        }
        let version = info.goVersion.utf8.dropFirst(2).prefix { $0 != UInt8(ascii: " ") }
        modules.append(GoModule(path: "stdlib", version: String(Substring(version))))
        for module in modules { add(go: module, file) }
    }
}
