package import OCI
import Spelling

/// Where a build's cache is shared: `--cache-from` and `--cache-to`, in buildx's words.
package struct CachePlace: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case registry(ImageReference)
        /// An OCI layout's directory.
        case local(String)
    }

    /// Which layers are shared.
    package enum Mode: String, Hashable, Sendable {
        /// Those of the image that was built.
        case min
        /// Those of all stages.
        case max
    }

    package var kind: Kind
    package var mode = Mode.min

    /// Reads `type=registry,ref=REFERENCE[,mode=min|max]`, `type=local,dest=DIR` (or `src=DIR`), or a reference alone.
    ///
    /// - Parameter subject: what errors call it: `the cache`.
    ///
    /// Throws ``BuildOptionError``.
    package init(parsing text: String, of subject: String = "the cache") throws(BuildOptionError) {
        let fields = try OptionFields(text, of: subject)
        guard text.contains("=") else {
            kind = .registry(try Self.reference(text, fields))
            return
        }
        var values: [String: String] = [:]
        for (name, value) in try fields.pairs() {
            guard Self.keys.contains(name) else {
                throw fields.error(
                    "it has no option `\(name)`",
                    hint: Spelling.nearest(to: name, among: Self.keys).map { "did you mean `\($0)`?" })
            }
            values[name] = value
        }
        if let text = values["mode"] {
            guard let mode = Mode(rawValue: text) else { throw fields.error("`mode` is `min` or `max`") }
            self.mode = mode
        }
        switch values["type"] ?? "registry" {
        case "registry":
            guard let reference = values["ref"] else {
                throw fields.error("it has no `ref`", hint: "write `ref=HOST/NAME:TAG`")
            }
            kind = .registry(try Self.reference(reference, fields))
        case "local":
            guard let path = values["dest"] ?? values["src"], !path.isEmpty else {
                throw fields.error("it has no directory", hint: "write `dest=DIR` or `src=DIR`")
            }
            kind = .local(path)
        case "inline":
            throw fields.error(
                "a cache inside the image would make equal builds unequal",
                hint: "write `type=registry,ref=HOST/NAME:TAG`: it takes a tag of its own beside the image")
        case let type:
            throw fields.error(
                "`\(type)` is no place for a cache", hint: "the types are `registry` and `local`")
        }
    }

    private static let keys = [
        "type", "ref", "mode", "dest", "src", "ignore-error", "compression", "oci-mediatypes",
        "image-manifest",
    ]

    private static func reference(
        _ text: String, _ fields: OptionFields
    ) throws(BuildOptionError) -> ImageReference {
        do throws(ImageReferenceError) { return try ImageReference(text) } catch {
            throw fields.error("\(error)")
        }
    }
}
