import OCI

/// Parses JSON, and what the OCI documents make of it.
func parseDocuments(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes) else { return }
    let canonical = value.canonical
    guard let again = try? JSONValue(parsing: canonical) else {
        preconditionFailure("what was written is not JSON")
    }
    precondition(again.canonical == canonical, "the canonical form is not stable")
    // What is no such document is refused, and that is all that is asked for.
    if let manifest = try? ImageManifest(parsing: bytes) { _ = manifest.json.canonical }
    if let index = try? ImageIndex(parsing: bytes) { _ = index.json.canonical }
    if let config = try? ImageConfig(parsing: bytes) { _ = config.json.canonical }
}

/// Parses names of images, digests and platforms.
func parseNames(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let reference = try? ImageReference(text) {
        guard let again = try? ImageReference(reference.description) else {
            preconditionFailure("`\(reference)` cannot be read again")
        }
        precondition(again == reference, "`\(reference)` is read as `\(again)`")
        guard let familiar = try? ImageReference(reference.familiar) else {
            preconditionFailure("`\(reference.familiar)` cannot be read again")
        }
        precondition(familiar == reference, "`\(reference)` is shown as `\(familiar)`")
    }
    if let digest = try? Digest(text) { precondition(digest.description == text, "a digest changes") }
    if let platform = Platform(text) {
        precondition(
            Platform(platform.description)?.description == platform.description, "a platform changes")
    }
    if let host = try? RegistryHost(text) { _ = (host.name, host.isLoopback) }
}
