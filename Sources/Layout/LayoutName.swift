package import OCI

/// What an image in a layout is called.
package enum LayoutName: Hashable, Sendable {
    /// A full name: its tag is the entry's name, as BuildKit and containerd write it.
    case reference(ImageReference)
    /// Any text, as in `skopeo copy … oci:DIR:TEXT`.
    case plain(String)

    /// What stands in `org.opencontainers.image.ref.name`; a reference without a tag has nothing to stand
    /// there.
    var entryName: String? {
        switch self {
        case .reference(let reference): reference.tag?.description
        case .plain(let text): text
        }
    }

    var annotations: [String: String] {
        var annotations: [String: String] = [:]
        annotations[Annotation.referenceName] = entryName
        if case .reference(var reference) = self {
            // The entry's digest is its own; one in the name could only be another.
            if reference.tag != nil { reference.digest = nil }
            annotations[Annotation.imageName] = reference.description
        }
        return annotations
    }
}

/// Which image of a layout is meant.
package enum LayoutSelection: Hashable, Sendable {
    /// The only one; of several, the one called `latest`.
    case only
    /// The one of this name: a tag, any other text, or a full image reference.
    case name(String)
    /// The one whose manifest or index has this digest; in a `docker save` archive, whose configuration has
    /// it.
    case digest(Digest)
}

/// Where an image lies in a layout: `oci-layout://PATH[:NAME][@DIGEST]`, with or without the scheme.
package struct LayoutLocation: Hashable, Sendable {
    package static let scheme = "oci-layout://"

    package let path: String
    package let selection: LayoutSelection

    /// Throws ``LayoutError`` where the path is empty or the digest is none.
    package init(_ text: String) throws(LayoutError) {
        let operation = "read `\(text)`"
        var rest = Substring(text)
        if rest.hasPrefix(Self.scheme) { rest.removeFirst(Self.scheme.count) }
        var selection = LayoutSelection.only
        if let at = rest.lastIndex(of: "@"), case let name = rest[rest.index(after: at)...],
            name.contains(":"), !name.contains("/")
        {
            do { selection = .digest(try Digest(name)) } catch {
                throw LayoutError(.unknown, operation, error.description)
            }
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), case let name = rest[rest.index(after: colon)...],
            !name.isEmpty, !name.contains("/")
        {
            // A digest says more than a name: it decides where both are there.
            if selection == .only { selection = .name(String(name)) }
            rest = rest[..<colon]
        }
        guard !rest.isEmpty else {
            throw LayoutError(
                .unknown, operation, "it names no directory", hint: "write `\(Self.scheme)DIR[:TAG][@DIGEST]`"
            )
        }
        path = String(rest)
        self.selection = selection
    }
}
