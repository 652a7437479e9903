import Archive
import Blobs
import Cryptography
import Foundation
import Layout
import OCI
import Synchronization
import TestSupport

/// Small real images in a store of the test's own.
struct SampleImages {
    let directory: TemporaryDirectory
    let store: BlobStore

    /// - Parameter name: the store's, for tests that need another one.
    init(_ name: String = "store") throws {
        directory = try TemporaryDirectory.required
        store = try BlobStore(directory: directory.path(name))
    }

    var writer: LayoutWriter { LayoutWriter(store: store) }

    static let amd64 = Platform(os: "linux", architecture: "amd64")
    static let arm64 = Platform(os: "linux", architecture: "arm64")

    static func tar(_ files: [String: String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let entry = TarEntry(path: path, kind: .file, mode: 0o644, size: Int64(text.utf8.count))
            TarFormat.appendHeader(of: entry, to: &bytes)
            bytes += text.utf8
            bytes += [UInt8](repeating: 0, count: TarFormat.padding(after: entry.size))
        }
        return bytes + TarFormat.end
    }

    /// Stores a layer of these files.
    func layer(
        _ files: [String: String], _ compression: Compression = .gzip
    ) throws -> (descriptor: Descriptor, diffID: Digest) {
        let tar = Self.tar(files)
        let packed = Mutex<[UInt8]>([])
        let compressor = try compression.compressor(threads: 1) { more in packed.withLock { $0 += more } }
        try compressor.write(tar)
        try compressor.finish()
        let bytes = packed.withLock { $0 }
        let type: MediaType =
            switch compression {
            case .none: .ociLayer
            case .gzip: .ociLayerGzip
            case .zstd: .ociLayerZstd
            }
        let descriptor = Descriptor(
            mediaType: type, digest: try store.write(bytes), size: Int64(bytes.count))
        return (descriptor, try Digest(of: tar))
    }

    /// Stores an image with a layer for each set of files, and returns its manifest's descriptor.
    func image(
        _ layers: [[String: String]] = [["hello.txt": "hello"], ["etc/name": "sample"]],
        _ compression: Compression = .gzip, platform: Platform = amd64, diffIDs: [Digest]? = nil
    ) throws -> Descriptor {
        let layers = try layers.map { try layer($0, compression) }
        var config = ImageConfig(platform: platform)
        config.created = "1970-01-01T00:00:00Z"
        config.execution.command = ["cat", "/hello.txt"]
        config.diffIDs = diffIDs ?? layers.map(\.diffID)
        config.history = layers.map { _ in
            ImageConfig.HistoryEntry(created: config.created, createdBy: "COPY", isEmptyLayer: false)
        }
        let configuration = try add(config.json, .ociConfig)
        return try add(
            ImageManifest(config: configuration, layers: layers.map(\.descriptor)).json, .ociManifest)
    }

    func index(_ images: [(Descriptor, Platform)]) throws -> Descriptor {
        let entries = images.map { image, platform in
            var entry = image
            entry.platform = platform
            return entry
        }
        return try add(ImageIndex(manifests: entries).json, .ociIndex)
    }

    /// An artifact that belongs to an image.
    func artifact(of subject: Descriptor) throws -> Descriptor {
        var manifest = ImageManifest(
            config: try add(.object([:]), .ociEmpty),
            layers: [
                try add(.object(["spdxVersion": .string("SPDX-2.3")]), MediaType("application/spdx+json"))
            ])
        manifest.subject = subject
        manifest.artifactType = "application/spdx+json"
        return try add(manifest.json, .ociManifest)
    }

    func add(_ document: JSONValue, _ type: MediaType) throws -> Descriptor {
        let bytes = document.canonical
        return Descriptor(mediaType: type, digest: try store.write(bytes), size: Int64(bytes.count))
    }

    static func named(_ text: String) throws -> LayoutName { .reference(try ImageReference(text)) }

    /// Runs a command line in the test's directory, which must succeed, and returns what it printed.
    @discardableResult
    func shell(_ script: String) throws -> String {
        let outcome = try Shell.run("set -eu -o pipefail; \(script)", in: directory.path)
        guard outcome.status == 0 else { throw CommandFailure(script: script, output: outcome.output) }
        return outcome.output
    }

    struct CommandFailure: Error {
        let script: String
        let output: String
    }

    /// What an error says, its hint behind it.
    static func text(_ error: LayoutError?) -> String? {
        error.map { $0.description + ($0.hint.map { " | " + $0 } ?? "") }
    }
}
