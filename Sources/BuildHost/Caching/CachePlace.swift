package import OCI

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
    /// Throws ``BuildOutputError``, and for a reference that is none what that says.
    package init(parsing text: String) throws {
        guard text.contains("=") else {
            kind = .registry(try ImageReference(text))
            return
        }
        var fields: [String: String] = [:]
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw BuildOutputError(text, "`\(field)` has no value") }
            fields[String(parts[0])] = String(parts[1])
        }
        if let text = fields["mode"] {
            guard let mode = Mode(rawValue: text) else {
                throw BuildOutputError(text, "`mode` is `min` or `max`")
            }
            self.mode = mode
        }
        switch fields["type"] ?? "registry" {
        case "registry":
            guard let reference = fields["ref"] else {
                throw BuildOutputError(text, "it has no `ref`", hint: "write `ref=HOST/NAME:TAG`")
            }
            kind = .registry(try ImageReference(reference))
        case "local":
            guard let path = fields["dest"] ?? fields["src"] else {
                throw BuildOutputError(text, "it has no directory", hint: "write `dest=DIR` or `src=DIR`")
            }
            kind = .local(path)
        case let type:
            throw BuildOutputError(
                text, "`\(type)` is no place for a cache", hint: "the types are `registry` and `local`")
        }
    }
}
