import Archive
import Blobs
import Dockerfile
import Builder
import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite("A layer that cannot be finished", .temporaryDirectory, .timeLimit(.minutes(5))) struct FaultTests {
    /// One file of random bytes; tells when it is read.
    struct NoiseTree: FileTree {
        let size: Int64
        /// What is given of it; the tree says `size`.
        var given: Int64?
        var onRead: @Sendable () throws -> Void = {}

        func node(at path: String) -> FileNode? {
            if path.isEmpty { return FileNode(entry: TarEntry(path: "", kind: .directory, mode: 0o755)) }
            guard path == "noise" else { return nil }
            return FileNode(entry: TarEntry(path: path, kind: .file, mode: 0o644, size: size))
        }

        func children(of directory: FileNode) -> [FileNode] { [node(at: "noise")].compactMap(\.self) }

        func read(_ node: FileNode, _ body: (RawSpan) throws -> Void) throws {
            var generator = SystemRandomNumberGenerator()
            let piece = (0..<32_768).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
            var rest = given ?? size
            while rest > 0 {
                let count = Int(min(rest, Int64(piece.count)))
                try body(piece.span.bytes.extracting(0..<count))
                rest -= Int64(count)
                try onRead()
            }
        }
    }

    private static let dockerfile = "FROM scratch\nCOPY noise /\n"

    /// Whether this process may mount a file system of a size of its own.
    private static let mayMount: Bool = {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "slipway-mount-\(UUID().uuidString)"
        ).path
        let script =
            "mkdir '\(folder)' && mount -t tmpfs none '\(folder)' && umount '\(folder)'; rmdir '\(folder)'"
        return ((try? Shell.run(script, in: "/"))?.output.isEmpty) ?? false
    }()

    @Test(
        .enabled(if: mayMount, "a disk that is full is made by mounting a small one, which this user may not")
    )
    func `leaves nothing on a full disk, and says so`() async throws {
        let folder = try TemporaryDirectory.required.path("small")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(try Shell.run("mount -t tmpfs -o size=4m none .", in: folder).status == 0)
        defer { _ = try? Shell.run("umount '\(folder)'", in: "/") }
        let workshop = try Workshop(blobs: folder)
        for size in [20 << 20, 4_194_200] as [Int64] {
            let error = await #expect(throws: LocatedError.self) {
                try await workshop.build(Self.dockerfile, context: NoiseTree(size: size))
            }
            #expect((error?.cause as? BlobError)?.reason == .diskFull)
            #expect(error?.range.start.line == 2)
            #expect(try workshop.incoming == [])
        }
        let image = try await workshop.build(Self.dockerfile, context: NoiseTree(size: 100))
        #expect(try workshop.listing(image.layers[0]) == ["-rw-r--r-- 0/0 noise"])
    }

    /// Lets a build write some pieces, holds it until it was canceled, and then gives it few more.
    private final class Gate: Sendable {
        struct NotCanceled: Error {}

        private let count = Mutex(0)
        private let release = DispatchSemaphore(value: 0)
        let isReached: AsyncStream<Void>
        private let knock: AsyncStream<Void>.Continuation

        init() { (isReached, knock) = AsyncStream.makeStream() }

        func pass() throws {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 20 {
                knock.yield()
                release.wait()
            }
            guard number < 40 else { throw NotCanceled() }
        }

        func open() { release.signal() }
    }

    @Test func `stops when it is canceled, and leaves nothing`() async throws {
        let workshop = try Workshop()
        let gate = Gate()
        let tree = NoiseTree(size: 1 << 40, onRead: gate.pass)
        let build = Task { try await workshop.build(Self.dockerfile, context: tree) }
        for await _ in gate.isReached.prefix(1) {}
        #expect(try workshop.incoming.count == 1)
        build.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await build.value }
        #expect(try workshop.incoming == [])
    }

    @Test(arguments: [(10, 9), (10, 11), (3_000_000, 2_999_999), (1, 0)] as [(Int64, Int64)])
    func `says that a file has not the size it was to have`(size: Int64, given: Int64) async throws {
        let workshop = try Workshop()
        let error = await #expect(throws: (any Error).self) {
            try await workshop.build(Self.dockerfile, context: NoiseTree(size: size, given: given))
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(
            text == "Dockerfile:2:1: the file `noise` was to have \(size) bytes and has \(given) "
                + "(it changed while it was read: build again)")
        #expect(try workshop.incoming == [])
    }

    @Test(arguments: [
        ": > f", "echo more >> f", "rm f", "touch -d 2001-01-01 f", "rm f; mkdir f",
        "rm f; ln -s /etc/passwd f",
    ])
    func `says that a file on disk changed while it was read`(change: String) throws {
        let folder = try TemporaryDirectory.required.path
        _ = try Shell.run("echo hello > f", in: folder)
        let tree = DirectoryTree(directory: folder)
        let node = try #require(try tree.node(at: "f"))
        _ = try Shell.run(change, in: folder)
        let error = #expect(throws: DirectoryTreeError.self) { try tree.read(node) { _ in } }
        #expect(error?.description.contains("\(folder)/f") == true)
    }
}
