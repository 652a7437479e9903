package import Archive
import Spelling

/// Where an image goes once it is built: `--output`, in buildx's words.
package struct BuildOutput: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An OCI image layout.
        case oci
        /// The archive that `docker load` takes.
        case docker
        /// The image's files in a directory.
        case local
        /// The image's files in one archive.
        case tar
        /// The registries of the image's names.
        case registry
    }

    package enum Destination: Hashable, Sendable {
        case path(String)
        case standardOutput
    }

    package var kind: Kind
    /// `nil` for a registry.
    package var destination: Destination?
    /// Whether an OCI layout is one archive instead of a directory.
    package var isArchive = false
    /// Names of the image, beside those that the build has.
    package var names: [String] = []
    /// Whether media types are OCI's; else Docker's.
    package var hasOCIMediaTypes = true
    /// How the build's layers are to be compressed; `nil` where it does not say.
    package var compression: Compression?

    /// Whether the layers of base images are compressed anew, too.
    package var isCompressedAnew = false

    /// Whether documents about the image can go along.
    package var takesDocuments: Bool { kind == .oci || kind == .registry }

    package init(kind: Kind, destination: Destination? = nil) {
        self.kind = kind
        self.destination = destination
    }

    /// Reads `type=KIND,dest=PATH,…`, a path alone for the image's files, or `-` for them as an archive.
    ///
    /// Throws ``BuildOutputError``.
    package init(parsing text: String) throws(BuildOutputError) {
        if text == "-" {
            self.init(kind: .tar, destination: .standardOutput)
            return
        }
        let fields = Self.fields(text)
        guard fields.contains(where: { $0.contains("=") }) else {
            guard fields.count == 1, !text.isEmpty else { throw BuildOutputError(text, "it names nothing") }
            self.init(kind: .local, destination: .path(text))
            return
        }
        var values: [(name: String, value: String)] = []
        for field in fields {
            guard let equals = field.firstIndex(of: "=") else {
                throw BuildOutputError(text, "`\(field)` has no value", hint: "write `\(field)=…`")
            }
            values.append((field[..<equals].lowercased(), String(field[field.index(after: equals)...])))
        }
        try self.init(values, text)
    }

    private static let keys = [
        "type", "dest", "name", "tar", "push", "oci-mediatypes", "compression", "compression-level",
        "force-compression", "rewrite-timestamp",
    ]

    private init(_ values: [(name: String, value: String)], _ text: String) throws(BuildOutputError) {
        var isPushed = false
        var isTar: Bool?
        var type = ""
        var (method, level): (String?, Int?) = (nil, nil)
        self.init(kind: .local)
        for (name, value) in values {
            switch name {
            case "type": type = value
            case "dest": destination = value == "-" ? .standardOutput : .path(value)
            case "name": names += value.split(separator: ",").map(String.init)
            case "tar": isTar = try Self.bool(name, value, text)
            case "push": isPushed = try Self.bool(name, value, text)
            case "oci-mediatypes": hasOCIMediaTypes = try Self.bool(name, value, text)
            case "compression": method = value
            case "compression-level":
                level = Int(value)
                if level == nil { throw BuildOutputError(text, "`compression-level` is no number") }
            // Times are always rewritten.
            case "rewrite-timestamp": _ = try Self.bool(name, value, text)
            case "force-compression": isCompressedAnew = try Self.bool(name, value, text)
            default:
                throw BuildOutputError(
                    text, "it has no option `\(name)`",
                    hint: Spelling.nearest(to: name, among: Self.keys).map { "did you mean `\($0)`?" })
            }
        }
        kind = try Self.kind(type, isPushed: isPushed, text)
        if let method { compression = try Self.compression(method, level: level, text) }
        try setArchive(isTar, text)
    }

    private mutating func setArchive(_ isTar: Bool?, _ text: String) throws(BuildOutputError) {
        guard kind != .registry else { return }
        guard let destination else {
            throw BuildOutputError(
                text, "it has no `dest`", hint: "write `dest=PATH`, or `dest=-` for standard output")
        }
        if destination == .path("") {
            throw BuildOutputError(text, "its `dest` is empty", hint: "write `dest=PATH`")
        }
        switch destination {
        case .standardOutput: isArchive = true
        case .path(let path): isArchive = isTar ?? path.hasSuffix(".tar")
        }
        if kind == .local, destination == .standardOutput {
            throw BuildOutputError(
                text, "files cannot go to standard output", hint: "write `type=tar,dest=-`")
        }
    }

    private static func kind(_ type: String, isPushed: Bool, _ text: String) throws(BuildOutputError) -> Kind
    {
        if type == "image" {
            guard isPushed else {
                throw BuildOutputError(
                    text, "`type=image` alone keeps the image nowhere",
                    hint: "add `push=true`, or use another type")
            }
            return .registry
        }
        guard let kind = Kind(rawValue: type) else {
            let known = Kind.allCases.map(\.rawValue) + ["image"]
            throw BuildOutputError(
                text, type.isEmpty ? "it has no `type`" : "`\(type)` is no type",
                hint: "the types are \(known.map { "`\($0)`" }.joined(separator: ", "))")
        }
        return kind
    }

    private static func compression(
        _ method: String, level: Int?, _ text: String
    ) throws(BuildOutputError) -> Compression {
        switch method {
        case "gzip": return .gzip
        case "uncompressed": return .none
        case "zstd":
            let level = level ?? 3
            guard Compression.zstdLevels.contains(level) else {
                throw BuildOutputError(text, "zstd has levels from 1 to \(Compression.zstdLevels.upperBound)")
            }
            return .zstd(level: level)
        default:
            throw BuildOutputError(
                text, "`\(method)` is no compression", hint: "write `gzip`, `zstd` or `uncompressed`")
        }
    }

    private static func bool(_ name: String, _ value: String, _ text: String) throws(BuildOutputError) -> Bool
    {
        switch value.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: throw BuildOutputError(text, "`\(name)` is `\(value)`: expected `true` or `false`")
        }
    }

    /// Splits at commas that are not in a double-quoted field (RFC 4180).
    private static func fields(_ text: String) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields
    }
}

/// What is wrong with an `--output`.
package struct BuildOutputError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    package let hint: String?

    init(_ text: String, _ reason: String, hint: String? = nil) {
        message = "the output `\(text)` makes no sense: \(reason)"
        self.hint = hint
    }

    package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
