import Blobs
import Database
import OCI
import Registry
import TestSupport
import Testing

@testable import Daemon

@Suite("The embedded registry", .temporaryDirectory) struct EmbeddedRegistryTests {
    private func registry(at host: String) throws -> EmbeddedRegistry {
        let directory = try TemporaryDirectory.required
        let database = try StateDatabase(path: directory.path("db"), migrations: RegistryTables.migrations)
        let blobs = try BlobStore(directory: directory.path("blobs"))
        return EmbeddedRegistry(
            store: RegistryStore(database: database, blobs: blobs), host: try RegistryHost(host))
    }

    @Test(arguments: [
        ("127.0.0.1:5000", "127.0.0.1:5000", true),
        ("127.0.0.1:5000", "localhost:5000", true),
        ("127.0.0.1:5000", "[::1]:5000", true),
        ("127.0.0.1:5000", "127.0.0.1:5001", false),
        ("127.0.0.1:5000", "registry.example.com:5000", false),
        ("registry.example.com:5000", "registry.example.com:5000", true),
        ("registry.example.com:5000", "localhost:5000", false),
    ])
    func `is meant by its own name, and by another of this machine`(own: String, other: String, isHere: Bool)
        throws
    {
        let registry = try registry(at: own)
        #expect(registry.isHere(try RegistryHost(other)) == isHere)
        let reference = try ImageReference("\(other)/team/app:1")
        #expect(registry.canonical(reference).description == "\(isHere ? own : other)/team/app:1")
    }
}
