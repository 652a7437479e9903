import AsyncHTTPClient
import Blobs
import BuildHost
import Builder
import Dockerfile
import Foundation
import Logging
import OCI
import Remote
import TestSupport
import Testing

/// A local builder in the test's directory, for the length of `body`.
func withLocalBuilder<Result>(
    _ name: String = "host", _ body: (LocalBuilder) async throws -> Result
) async throws -> Result {
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .registries)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    do {
        let local = try LocalBuilder(
            LocalBuilder.Configuration(
                directory: TemporaryDirectory.required.path(name), logger: logger), http: http)
        let result = try await body(local)
        try await local.shutdown()
        try await http.shutdown()
        return result
    } catch {
        try await http.shutdown()
        throw error
    }
}

extension LocalBuilder {
    /// Builds a Dockerfile over a context, as the command line does.
    func build(
        _ dockerfile: String? = nil, over opened: ContextOpener.Opened,
        contexts named: [String: BuildContextReference] = [:]
    ) async throws -> BuiltImage {
        var options = BuildOptions()
        options.epoch = opened.time ?? 0
        if let path = opened.dockerfile?.path { options.file = path }
        var input = input(for: opened, contexts: named)
        if let dockerfile {
            let folder = try TemporaryDirectory.required.path("file-\(UUID().uuidString)")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(dockerfile.utf8).write(to: URL(filePath: "\(folder)/Dockerfile"))
            input.source = DirectoryTree(directory: folder)
        }
        return try await builder.build(options, input, onBases: { _ in }, onProgress: { _ in })
    }

    /// A layer as GNU tar lists it: mode, owner and path.
    func listing(_ image: BuiltImage) throws -> [String] {
        let layer = try #require(image.layers.last)
        let outcome = try Shell.run(
            "tar --numeric-owner -tvzf '\(store.path(of: layer.descriptor.digest))'", in: directory)
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return ([words[0], words[1]] + words.dropFirst(5)).joined(separator: " ")
        }
    }
}

/// Every file under a tree, and what is in it.
func contents(of tree: any FileTree) throws -> [String: String] {
    var contents: [String: String] = [:]
    var pending = [try #require(try tree.node(at: ""))]
    while let node = pending.popLast() {
        if node.isDirectory {
            pending += try tree.children(of: node)
            continue
        }
        var bytes: [UInt8] = []
        try tree.read(node) { piece in piece.withUnsafeBytes { bytes += $0 } }
        contents[node.path] = String(decoding: bytes, as: UTF8.self)
    }
    return contents
}
