package import OCI

/// What a named context turned out to be (`--build-context`).
package enum NamedContext: Sendable {
    /// Files; whatever `.dockerignore` leaves out is left out already.
    case tree(any FileTree)
    /// An image of one platform.
    case image(BaseImage)
}

/// A named context that is opened when a build needs it.
package protocol ContextSource: Sendable {
    /// Brings the context.
    ///
    /// - Parameter platform: of an image.
    ///
    /// Throws ``BuildError`` where the user is to blame: it is told at the context's place in the Dockerfile.
    func open(for platform: Platform) async throws -> NamedContext
}

extension NamedContext: ContextSource {
    /// A context that is open already is itself.
    package func open(for platform: Platform) -> NamedContext { self }
}

/// The names of a build's contexts: one may stand in for an image under every spelling of the image's name.
struct ContextNames: Sendable {
    private let sources: [String: any ContextSource]

    init(_ sources: [String: any ContextSource]) {
        self.sources = Dictionary(
            sources.map { (Self.canonical($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every text by which a Dockerfile may mean one of them.
    var spellings: Set<String> { Set(sources.keys.flatMap(Self.spellings)) }

    /// - Parameter name: as the Dockerfile has it.
    subscript(name: String) -> (any ContextSource)? { sources[Self.canonical(name)] }

    /// An image's name in its shortest form, without the tag `latest`; any other name in lower case.
    static func canonical(_ name: String) -> String {
        let name = name.lowercased()
        // What is no image's name can still be a stage's.
        let familiar = (try? ImageReference(name))?.familiar ?? name
        let latest = ":latest"
        return familiar.hasSuffix(latest) ? String(familiar.dropLast(latest.count)) : familiar
    }

    private static func spellings(_ canonical: String) -> [String] {
        guard let reference = try? ImageReference(canonical) else { return [canonical] }
        let path = reference.repository.description
        var names = ["\(reference.registry)/\(path)"]
        if reference.registry == .dockerHub {
            for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
                names.append("\(host)/\(path)")
            }
            names.append(path)
            let library = "library/"
            if path.hasPrefix(library) {
                names += names.map { $0.replacing(library, with: "", maxReplacements: 1) }
            }
        }
        let tag = reference.tag.map { ":\($0)" } ?? ""
        let digest = reference.digest.map { "@\($0)" } ?? ""
        let suffixes = tag == ":latest" && digest.isEmpty ? ["", tag] : [tag + digest]
        return [canonical] + names.flatMap { name in suffixes.map { name + $0 } }
    }
}
