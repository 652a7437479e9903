package import Archive
import Builder
package import OCI
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
    package var names: [ImageReference] = []
    /// What is said of the image beside its configuration.
    package var annotations = OutputAnnotations()
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

    /// Whether it is given the image's documents: manifests and layers.
    package var takesImages: Bool { kind == .oci || kind == .registry || kind == .docker }

    /// Reads `type=KIND,dest=PATH,…`, a path alone for the image's files, or `-` for them as an archive.
    ///
    /// Throws ``BuildOptionError``.
    package init(parsing text: String) throws(BuildOptionError) {
        let fields = try OptionFields(text, of: "the output")
        if text == "-" {
            self.init(kind: .tar, destination: .standardOutput)
        } else if fields.fields == [text], !text.hasPrefix("type=") {
            guard !text.isEmpty else { throw fields.error("it names nothing", hint: "write a directory") }
            self.init(kind: .local, destination: .path(text))
        } else {
            var settings = Settings()
            for (name, value) in try fields.pairs() { try settings.set(name, to: value, fields) }
            try self.init(settings, fields)
        }
    }

    /// What the fields say, each for itself.
    private struct Settings {
        var type = ""
        var destination: Destination?
        var names: [ImageReference] = []
        var isTar: Bool?
        var isPushed: Bool?
        var hasOCIMediaTypes = true
        var method: String?
        var level: String?
        var isCompressedAnew = false
        var annotations = OutputAnnotations()

        private static let keys = [
            "type", "dest", "name", "tar", "push", "oci-mediatypes", "compression", "compression-level",
            "force-compression", "rewrite-timestamp",
        ]

        mutating func set(
            _ name: String, to value: String, _ fields: OptionFields
        ) throws(BuildOptionError) {
            switch name.lowercased() {
            case "type": type = value
            case "dest":
                guard !value.isEmpty else {
                    throw fields.error("its `dest` is empty", hint: "write `dest=PATH`")
                }
                destination = value == "-" ? .standardOutput : .path(value)
            case "name": try add(names: value, fields)
            case "tar": isTar = try Self.bool(name, value, fields)
            case "push": isPushed = try Self.bool(name, value, fields)
            case "oci-mediatypes": hasOCIMediaTypes = try Self.bool(name, value, fields)
            case "compression": method = value
            case "compression-level": level = value
            // Times are always rewritten.
            case "rewrite-timestamp": _ = try Self.bool(name, value, fields)
            case "force-compression": isCompressedAnew = try Self.bool(name, value, fields)
            case _ where OutputAnnotations.isName(name): try annotate(name, value, fields)
            default:
                throw fields.error(
                    "it has no option `\(name)`",
                    hint: Spelling.nearest(to: name, among: Self.keys).map { "did you mean `\($0)`?" })
            }
        }

        private mutating func add(names text: String, _ fields: OptionFields) throws(BuildOptionError) {
            for name in text.split(separator: ",") {
                do throws(ImageReferenceError) { names.append(try ImageReference(String(name))) } catch {
                    throw fields.error("\(error)")
                }
            }
        }

        private mutating func annotate(
            _ name: String, _ value: String, _ fields: OptionFields
        ) throws(BuildOptionError) {
            do throws(BuildError) { try annotations.add(name, value: value) } catch {
                throw fields.error(error.message, hint: error.hint)
            }
        }

        private static func bool(
            _ name: String, _ value: String, _ fields: OptionFields
        ) throws(BuildOptionError) -> Bool {
            // As Go reads them.
            switch value {
            case "1", "t", "T", "true", "TRUE", "True": true
            case "0", "f", "F", "false", "FALSE", "False": false
            default: throw fields.error("`\(name)` is `\(value)`: expected `true` or `false`")
            }
        }
    }

    private init(_ settings: Settings, _ fields: OptionFields) throws(BuildOptionError) {
        self.init(
            kind: try Self.kind(settings.type, isPushed: settings.isPushed, fields),
            destination: settings.destination)
        names = settings.names
        annotations = settings.annotations
        hasOCIMediaTypes = settings.hasOCIMediaTypes
        isCompressedAnew = settings.isCompressedAnew
        compression = try Self.compression(settings.method, level: settings.level, fields)
        try setArchive(settings.isTar, fields)
        try check(fields)
    }

    /// Refuses what cannot be together before anything is built.
    private func check(_ fields: OptionFields) throws(BuildOptionError) {
        let isOCI = hasOCIMediaTypes && kind != .docker
        if case .zstd? = compression, !isOCI, takesImages {
            throw fields.error(
                "layers in zstd have no media type of Docker's",
                hint: "use `compression=gzip`, or OCI's media types")
        }
        guard !annotations.isEmpty else { return }
        guard takesImages else {
            throw fields.error("files have no annotations", hint: "use `type=oci` or `type=registry`")
        }
        if !isOCI { throw fields.error("documents of Docker's format have no annotations") }
    }

    private mutating func setArchive(
        _ isTar: Bool?, _ fields: OptionFields
    ) throws(BuildOptionError) {
        guard kind != .registry else {
            if destination != nil {
                throw fields.error("a registry has no `dest`", hint: "name the image with `-t` or `name=`")
            }
            return
        }
        guard let destination else {
            throw fields.error("it has no `dest`", hint: "write `dest=PATH`, or `dest=-` for standard output")
        }
        switch destination {
        case .standardOutput: isArchive = true
        case .path(let path): isArchive = isTar ?? path.hasSuffix(".tar")
        }
        if kind == .local, destination == .standardOutput {
            throw fields.error("files cannot go to standard output", hint: "write `type=tar,dest=-`")
        }
    }

    private static func kind(
        _ type: String, isPushed: Bool?, _ fields: OptionFields
    ) throws(BuildOptionError) -> Kind {
        if type == "image" {
            guard isPushed == true else {
                throw fields.error(
                    "`type=image` alone keeps the image nowhere",
                    hint: "add `push=true`, or use another type")
            }
            return .registry
        }
        guard let kind = Kind(rawValue: type) else {
            let known = Kind.allCases.map(\.rawValue) + ["image"]
            throw fields.error(
                type.isEmpty ? "it has no `type`" : "`\(type)` is no type",
                hint: "the types are \(known.map { "`\($0)`" }.joined(separator: ", "))")
        }
        if let isPushed, isPushed != (kind == .registry) {
            throw fields.error(
                "`push=\(isPushed)` contradicts `type=\(type)`",
                hint: "leave out `push`, or write `type=registry` in an output of its own")
        }
        return kind
    }

    private static func compression(
        _ method: String?, level text: String?, _ fields: OptionFields
    ) throws(BuildOptionError) -> Compression? {
        let levels: ClosedRange<Int>
        switch method {
        case nil where text == nil: return nil
        // Its level is this program's own: the same image has the same bytes everywhere.
        case nil, "gzip": levels = 0...9
        case "zstd": levels = 0...Compression.zstdLevels.upperBound
        case "uncompressed": return Compression.none
        case let method?:
            throw fields.error(
                "`\(method)` is no compression", hint: "write `gzip`, `zstd` or `uncompressed`")
        }
        var level: Int?
        if let text {
            guard let number = Int(text), levels.contains(number) else {
                throw fields.error(
                    "`compression-level` is `\(text)`: expected a number from 0 to \(levels.upperBound)")
            }
            level = number
        }
        return method == "zstd" ? .zstd(level: max(1, level ?? 3)) : .gzip
    }
}
