package import OCI

/// What a path under `/v2` names.
///
/// A repository's name may hold slashes, and words like `blobs` and `manifests`: the path is read from its end.
package enum Endpoint: Hashable, Sendable {
    case base
    case catalog
    case tags(RepositoryName)
    case manifest(RepositoryName, ManifestReference)
    case blob(RepositoryName, Digest)
    case uploads(RepositoryName)
    case upload(RepositoryName, UploadID)
    case referrers(RepositoryName, Digest)

    /// Reads a path as it stands in a request, percent-encoded.
    ///
    /// Throws ``RegistryError`` when it names nothing, or by a malformed name, digest or tag.
    package init(path: String) throws(RegistryError) {
        var components = path.split(separator: "/", omittingEmptySubsequences: false).map(percentDecoded)
        // Before the first slash stands nothing; behind the last one nothing need stand.
        guard components.count >= 2, components[0].isEmpty, components[1] == "v2" else {
            throw .unknownPath(path)
        }
        components.removeFirst(2)
        if components.last?.isEmpty == true { components.removeLast() }
        switch components.count {
        case 0: self = .base
        case 1 where components == ["_catalog"]: self = .catalog
        default: self = try Self.inRepository(components, path: path)
        }
    }

    private static func inRepository(_ components: [String], path: String) throws(RegistryError) -> Endpoint {
        func repository(above depth: Int) throws(RegistryError) -> RepositoryName {
            let name = components.dropLast(depth).joined(separator: "/")
            do { return try RepositoryName(name) } catch { throw .malformedName("\(error)") }
        }
        let last = components[components.count - 1]
        let parent = components.count >= 2 ? components[components.count - 2] : ""
        let grandparent = components.count >= 3 ? components[components.count - 3] : ""
        switch (grandparent, parent, last) {
        case (_, "tags", "list"): return .tags(try repository(above: 2))
        case (_, "blobs", "uploads"): return .uploads(try repository(above: 2))
        case (_, "manifests", _): return .manifest(try repository(above: 2), try manifestReference(last))
        case ("blobs", "uploads", _):
            guard let id = UploadID(last) else { throw .uploadUnknown(last) }
            return .upload(try repository(above: 3), id)
        case (_, "blobs", _): return .blob(try repository(above: 2), try digest(last))
        case (_, "referrers", _): return .referrers(try repository(above: 2), try digest(last))
        default: throw .unknownPath(path)
        }
    }

    private static func digest(_ text: String) throws(RegistryError) -> Digest {
        do { return try Digest(text) } catch { throw .malformedDigest("\(error)") }
    }

    private static func manifestReference(_ text: String) throws(RegistryError) -> ManifestReference {
        // No tag has a colon.
        if text.contains(":") { return .digest(try digest(text)) }
        do { return .tag(try Tag(text)) } catch { throw .malformedTag("\(error)") }
    }
}

/// Replaces `%XX` by its byte; a percent sign without two hexadecimal digits stands for itself.
private func percentDecoded(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, let code = UInt8(rest.prefix(2).text, radix: 16) {
            bytes.append(code)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension Collection where Element == UInt8 {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

/// The name of an upload under way: 128 random bits in hexadecimal, which nobody guesses.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(using generator: inout some RandomNumberGenerator) {
        description = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }.hexadecimal
    }

    /// Returns `nil` unless the text is 32 lower-case hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.allSatisfy({ "0123456789abcdef".contains($0) }) else { return nil }
        description = text
    }
}
