import Blobs
package import Builder
import FoundationEssentials
import Layout
import OCI
import Remote

/// A cache as it is shared: an OCI artifact whose layers are the cache's, and whose configuration says what they are.
private struct CacheDocument: Codable {
    struct Entry: Codable {
        var name: String
        /// The layer's place in the manifest.
        var layer: Int?
        var diffID: String?
        var tarSize: Int64?
        var entryCount: Int?
    }

    /// What a name means belongs to the version.
    var version = 1
    var entries: [Entry]
}

extension LocalBuilder {
    private static let artifactType = "application/vnd.slipway.buildcache.v1"
    private static let configType = MediaType("application/vnd.slipway.buildcache.config.v1+json")

    /// The caches of a build, none yet.
    package var sharedCaches: SharedCaches { SharedCaches(client: client, store: store) }

    /// Makes this machine's cache know a shared one. One that is not there is no error: somebody builds first.
    ///
    /// - Parameter caches: the layers of a registry's cache are fetched through it when they are needed.
    ///
    /// Returns whether there was one.
    @discardableResult
    package func importCache(from place: CachePlace, into caches: SharedCaches) async throws -> Bool {
        guard let (manifest, config) = try await cache(at: place) else { return false }
        guard manifest.config.mediaType == Self.configType,
            let document = try? JSONDecoder().decode(CacheDocument.self, from: Data(config)),
            document.version == 1
        else { throw BuildError("what is at the cache's place is no cache of slipway") }
        let entries = try document.entries.compactMap { entry -> CacheJournal.Entry? in
            guard let place = entry.layer else { return .init(name: entry.name, layer: nil) }
            guard manifest.layers.indices.contains(place), let diffID = entry.diffID else { return nil }
            let layer = Layer(descriptor: manifest.layers[place], diffID: try Digest(diffID))
            return .init(
                name: entry.name,
                layer: .init(layer: layer, tarSize: entry.tarSize ?? 0, entryCount: entry.entryCount ?? 0))
        }
        try builder.adopt(entries)
        if case .registry(let reference) = place.kind { caches.add(manifest.layers, in: reference) }
        return true
    }

    private func cache(at place: CachePlace) async throws -> (ImageManifest, [UInt8])? {
        switch place.kind {
        case .registry(let reference):
            do {
                let pulled = try await client.documents(reference, into: store)
                return (try ImageManifest(parsing: pulled.manifest.bytes), pulled.config)
            } catch let error as RegistryError where error.reason == .notFound { return nil }
        case .local(let path):
            guard FileManager.default.fileExists(atPath: "\(path)/index.json") else { return nil }
            let layout = try await ImageLayout.open(path, store: store)
            let top = try await layout.fetchAll(.name(Self.layoutName))
            let manifest = try ImageManifest(parsing: store.bytes(of: top.digest))
            return (manifest, try store.bytes(of: manifest.config.digest))
        }
    }

    private static let layoutName = "cache"

    /// Shares what a build used and made.
    package func exportCache(
        _ journal: CacheJournal, of result: BuildResult, to place: CachePlace
    ) async throws {
        let root = try artifact(journal, result, place.mode)
        switch place.kind {
        case .registry(let reference): try await client.push(root.digest, from: store, to: [reference])
        case .local(let path):
            try await LayoutWriter(store: store).write(
                [LayoutRoot(root, names: [.plain(Self.layoutName)])], toDirectory: path)
        }
    }

    private func artifact(
        _ journal: CacheJournal, _ result: BuildResult, _ mode: CachePlace.Mode
    ) throws -> Descriptor {
        let own = Set(result.images.flatMap(\.layers).map(\.descriptor.digest))
        var layers: [Descriptor] = []
        var entries: [CacheDocument.Entry] = []
        for entry in journal.entries {
            guard let cached = entry.layer else {
                entries.append(.init(name: entry.name))
                continue
            }
            let descriptor = cached.layer.descriptor
            guard mode == .max || own.contains(descriptor.digest) else { continue }
            let place = layers.firstIndex(of: descriptor) ?? layers.count
            if place == layers.count { layers.append(descriptor) }
            entries.append(
                .init(
                    name: entry.name, layer: place, diffID: cached.layer.diffID.description,
                    tarSize: cached.tarSize, entryCount: cached.entryCount))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let config = Array(try encoder.encode(CacheDocument(entries: entries)))
        var manifest = ImageManifest(
            config: Descriptor(
                mediaType: Self.configType, digest: try store.write(config), size: Int64(config.count)),
            layers: layers)
        manifest.artifactType = Self.artifactType
        let bytes = manifest.json.canonical
        return Descriptor(mediaType: .ociManifest, digest: try store.write(bytes), size: Int64(bytes.count))
    }
}
