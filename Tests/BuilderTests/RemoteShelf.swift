import Blobs
import Builder
import Cryptography
import OCI
import Synchronization

/// Files and repositories by what Dockerfiles call them, and how often each was asked for.
final class RemoteShelf: RemoteSources {
    private struct State {
        var files: [String: RemoteFile] = [:]
        var repositories: [String: any FileTree] = [:]
        var asked: [String] = []
        var references: [GitReference] = []
    }

    private let state = Mutex(State())

    /// What was asked for, sorted.
    var asked: [String] { state.withLock { $0.asked.sorted() } }
    var references: [GitReference] { state.withLock { $0.references } }

    func put(_ bytes: [UInt8], at url: String, modified: Int64? = nil, in store: BlobStore) throws {
        let digest = try store.write(bytes)
        let file = RemoteFile(
            digest: digest, size: Int64(bytes.count), modified: modified,
            content: try store.reader(of: digest))
        state.withLock { $0.files[url] = file }
    }

    /// - Parameter remote: the repository's URL without reference and folder.
    func put(_ tree: any FileTree, at remote: String) { state.withLock { $0.repositories[remote] = tree } }

    func file(at url: String, expecting checksum: Digest?) async throws -> RemoteFile {
        try state.withLock { state in
            state.asked.append(url)
            guard let file = state.files[url] else {
                throw BuildError("the shelf has no `\(url)`", hint: "look")
            }
            return file
        }
    }

    func repository(_ reference: GitReference) async throws -> any FileTree {
        try state.withLock { state in
            state.asked.append(reference.description)
            state.references.append(reference)
            if let checksum = reference.checksum, checksum != "abc" {
                throw ChecksumMismatch(source: reference.remote, expected: checksum, found: "abc")
            }
            guard let tree = state.repositories[reference.remote] else {
                throw BuildError("the shelf has no `\(reference.remote)`")
            }
            return tree
        }
    }
}
