package import Blobs
package import Builder
package import OCI

/// What an `--output` says of the image beside its configuration, in buildx's words: `annotation.KEY=VALUE` for each
/// manifest, and `annotation-PLACE.KEY=VALUE` or `annotation-PLACE[PLATFORM].KEY=VALUE` for another place.
package struct OutputAnnotations: Hashable, Sendable {
    /// Which document an annotation is written to.
    package enum Place: String, Hashable, Sendable, CaseIterable {
        case manifest
        /// What an index, or the layout, says of a manifest.
        case manifestDescriptor = "manifest-descriptor"
        case index
        /// What the layout says of the index.
        case indexDescriptor = "index-descriptor"

        fileprivate var isOfIndex: Bool { self == .index || self == .indexDescriptor }
    }

    private struct Scope: Hashable {
        var place: Place
        /// `nil` where all platforms are meant.
        var platform: Platform?
    }

    private var values: [Scope: [String: String]] = [:]
    private static let prefix = "annotation"

    package init() {}

    package var isEmpty: Bool { values.isEmpty }

    /// Whether an option of an output is meant as an annotation.
    package static func isName(_ name: String) -> Bool {
        name.hasPrefix(prefix + ".") || name.hasPrefix(prefix + "-") || name.hasPrefix(prefix + "[")
    }

    /// Adds an annotation; of several with the same name the last counts.
    ///
    /// - Parameter name: the option's, as it was written: the case of a key matters.
    ///
    /// Throws ``BuildError`` where the place or the platform is none, or the key is empty.
    package mutating func add(_ name: String, value: String) throws(BuildError) {
        guard Self.isName(name), let dot = Self.separator(in: name) else {
            throw BuildError("the annotation `\(name)` has no key", hint: "write `annotation.KEY=VALUE`")
        }
        let key = String(name[name.index(after: dot)...])
        guard !key.isEmpty, !key.contains(where: \.isWhitespace) else {
            throw BuildError(
                "the annotation `\(name)` has no key, or one with spaces",
                hint: "write `annotation.KEY=VALUE`")
        }
        let scope = try Self.scope(name[..<dot].dropFirst(Self.prefix.count), name)
        values[scope, default: [:]][key] = value
    }

    /// Adds an annotation as `--annotation [PLACE[PLATFORM]:]KEY=VALUE` names it.
    ///
    /// Throws as ``add(_:value:)``.
    package mutating func add(option name: String, value: String) throws(BuildError) {
        let places = Place.allCases.map(\.rawValue)
        guard let colon = name.firstIndex(of: ":"),
            case let place = name[..<(name[..<colon].firstIndex(of: "[") ?? colon)],
            places.contains(String(place)) || name[..<colon].hasSuffix("]")
        else { return try add("\(Self.prefix).\(name)", value: value) }
        try add(
            "\(Self.prefix)-\(name[..<colon]).\(name[name.index(after: colon)...])", value: value)
    }

    /// The dot before the key: a platform may have dots, too.
    private static func separator(in name: String) -> String.Index? {
        let start = name.firstIndex { $0 == "[" || $0 == "." }
        guard let start, name[start] == "[" else { return start }
        guard let end = name[start...].firstIndex(of: "]") else { return nil }
        return name[end...].firstIndex(of: ".")
    }

    /// - Parameter text: `-PLACE[PLATFORM]`, or a part of it.
    private static func scope(_ text: Substring, _ name: String) throws(BuildError) -> Scope {
        var place = Place.manifest
        let bracket = text.firstIndex(of: "[") ?? text.endIndex
        if case let word = text[..<bracket], !word.isEmpty {
            guard let named = Place(rawValue: String(word.dropFirst())) else {
                let places = Place.allCases.map { "`\(prefix)-\($0.rawValue).KEY`" }.joined(separator: ", ")
                throw BuildError("the annotation `\(name)` has no place", hint: "the places are \(places)")
            }
            place = named
        }
        guard bracket != text.endIndex else { return Scope(place: place) }
        guard text.last == "]", let platform = Platform(String(text[bracket...].dropFirst().dropLast()))
        else {
            throw BuildError(
                "the annotation `\(name)` names no platform", hint: "write one such as `[linux/amd64]`")
        }
        guard !place.isOfIndex else {
            throw BuildError(
                "the annotation `\(name)` is of an index, which is of no platform",
                hint: "leave out `[\(platform)]`")
        }
        return Scope(place: place, platform: platform)
    }
}

extension OutputAnnotations {
    /// The image or index with the annotations, written to the store; where there are none, as it came. Blocks.
    ///
    /// - Parameter root: a manifest or an index; it and its manifests are in the store.
    ///
    /// Throws ``BuildError`` where an annotation has nothing that it could be of: an index where there is none, a
    /// platform that the image is not for, or documents of Docker's that have none.
    package func applied(to root: Descriptor, in store: BlobStore) throws -> Descriptor {
        if isEmpty { return root }
        guard root.mediaType.isIndex else {
            guard !values.keys.contains(where: \.place.isOfIndex) else {
                throw BuildError(
                    "there is no index to annotate: the image is for one platform alone",
                    hint: "annotate the manifest, or build for several platforms")
            }
            return try annotated([root], in: store)[0]
        }
        guard root.mediaType == .ociIndex else { throw Self.docker(root) }
        var index = try ImageIndex(parsing: store.bytes(of: root.digest), mediaType: root.mediaType)
        index.manifests = try annotated(index.manifests, in: store)
        index.annotations = merged(index.annotations, .index, nil)
        var new = try Self.write(index.json.canonical, instead: root, in: store)
        new.annotations = merged(root.annotations, .indexDescriptor, nil)
        return new
    }

    private func annotated(_ manifests: [Descriptor], in store: BlobStore) throws -> [Descriptor] {
        var platforms: [Platform] = []
        let result = try manifests.map { old in
            guard old.mediaType.isManifest, old.artifactType == nil else { return old }
            guard old.mediaType == .ociManifest else { throw Self.docker(old) }
            var manifest = try ImageManifest(parsing: store.bytes(of: old.digest), mediaType: old.mediaType)
            guard manifest.artifactType == nil else { return old }
            let platform =
                try old.platform
                ?? ImageConfig(parsing: store.bytes(of: manifest.config.digest)).platform
            platforms.append(platform)
            manifest.annotations = merged(manifest.annotations, .manifest, platform)
            var new = try Self.write(manifest.json.canonical, instead: old, in: store)
            new.annotations = merged(old.annotations, .manifestDescriptor, platform)
            return new
        }
        for platform in values.keys.compactMap(\.platform)
        where !platforms.contains(where: platform.matches) {
            throw BuildError(
                "there is nothing for `\(platform)` to annotate",
                hint: "the image is for \(platforms.map { "`\($0)`" }.joined(separator: ", "))")
        }
        return result
    }

    /// What is said of one platform counts more than what is said of all.
    private func merged(
        _ before: [String: String]?, _ place: Place, _ platform: Platform?
    ) -> [String: String]? {
        var all = before ?? [:]
        all.merge(values[Scope(place: place)] ?? [:]) { $1 }
        if let platform {
            for (scope, own) in values where scope.place == place {
                if scope.platform?.matches(platform) == true { all.merge(own) { $1 } }
            }
        }
        return all.isEmpty ? before : all
    }

    private static func write(
        _ bytes: [UInt8], instead old: Descriptor, in store: BlobStore
    ) throws -> Descriptor {
        var new = old
        (new.digest, new.size) = (try store.write(bytes), Int64(bytes.count))
        // A copy of the document in its descriptor would be one of the old.
        new.otherFields["data"] = nil
        return new
    }

    private static func docker(_ document: Descriptor) -> BuildError {
        BuildError(
            "the document \(document.digest) is of Docker's format, which has no annotations",
            hint: "leave out `oci-mediatypes=false`, or the annotations")
    }
}
