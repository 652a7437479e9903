import AsyncHTTPClient
import Blobs
import Cryptography
import Foundation
import Glibc
import Logging
import NIOCore
import OCI
import Remote
import Synchronization
import TestSupport
import Testing

/// Fetches files with pauses that take no time.
private func fetch(
    _ url: String, unless known: FileDownloader.Validators = .init(), into store: BlobStore,
    environment: [String: String] = [:], http: HTTPClient.Configuration = .registries,
    _ change: (inout FileDownloader.Configuration) -> Void = { _ in }
) async throws -> FileDownloader.Fetched? {
    var configuration = FileDownloader.Configuration()
    change(&configuration)
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: http)
    do {
        let routes = try HTTPRoutes(direct: client, environment: environment)
        let downloader = FileDownloader(
            routes: routes, configuration: configuration, clock: InstantClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let result = await Result { try await downloader.fetch(url, unless: known, into: store) }
        try await routes.shutdown()
        try await client.shutdown()
        return try result.get()
    } catch {
        // It is shut down already where the fetch failed.
        try? await client.shutdown()
        throw error
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

@Suite("A file by URL", .temporaryDirectory) struct DownloadTests {
    private let content = randomBytes(300_000)

    @Test func `is stored by its digest, with what tells its version`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { [content] _ in
            .status(
                200, ["ETag": "\"v1\"", "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"], body: content)
        } _: { server in
            let fetched = try #require(try await fetch("http://\(server.host)/a/f?x=1#part", into: store))
            #expect(fetched.digest == (try Digest(of: content)))
            #expect(fetched.size == 300_000)
            #expect(fetched.validators.entityTag == "\"v1\"")
            #expect(fetched.validators.modified == 1_700_000_000)
            #expect(try store.bytes(of: fetched.digest) == content)
            #expect(server.lines == ["GET /a/f?x=1"])
            #expect(server.requests[0].header("Accept-Encoding") == "identity")
            #expect(server.requests[0].header("If-None-Match") == nil)
        }
    }

    @Test func `is not fetched again when it did not change`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { request in
            request.header("If-None-Match") == "\"v1\"" ? .status(304) : .status(200, body: [1])
        } _: { server in
            let known = FileDownloader.Validators(entityTag: "\"v1\"", lastModified: "yesterday")
            let same = try await fetch("http://\(server.host)/f", unless: known, into: store)
            #expect(same == nil)
            #expect(server.requests[0].header("If-Modified-Since") == "yesterday")
            let other = FileDownloader.Validators(entityTag: "\"v0\"")
            let changed = try await fetch("http://\(server.host)/f", unless: other, into: store)
            #expect(changed?.size == 1)
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `is found where redirects lead`(status: Int) async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { request in
            switch request.target {
            case "/a/first": .status(status, ["Location": "second"])
            case "/a/second": .status(status, ["Location": "http://\(request.host)/third?q"])
            default: .status(200, body: [1, 2, 3])
            }
        } _: { server in
            let fetched = try await fetch("http://\(server.host)/a/first", into: store)
            #expect(fetched?.size == 3)
            #expect(server.lines == ["GET /a/first", "GET /a/second", "GET /third?q"])
        }
    }

    @Test(arguments: [
        (404, "answered 404 Not Found", 1), (403, "answered 403 Forbidden", 1),
        (500, "answered 500 Internal Server Error", 4), (503, "answered 503 Service Unavailable", 4),
        (304, "nothing changed", 1),
    ])
    func `tells why it cannot be had`(status: Int, message: String, requests: Int) async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { _ in
            .status(status)
        } _: { server in
            let url = "http://user:secret@\(server.host)/f"
            let error = await #expect(throws: DownloadError.self) { try await fetch(url, into: store) }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
            #expect(error?.url == "http://\(server.host)/f")
            #expect(error?.isTransient == (status >= 500))
            #expect(server.lines.count == requests)
        }
    }

    @Test func `is given up when redirects do not end, or lead nowhere`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { request in
            request.target == "/none" ? .status(302) : .status(302, ["Location": "/again"])
        } _: { server in
            let endless = await #expect(throws: DownloadError.self) {
                try await fetch("http://\(server.host)/f", into: store)
            }
            #expect(endless?.message.hasPrefix("it is redirected more than 10 times") == true)
            let nowhere = await #expect(throws: DownloadError.self) {
                try await fetch("http://\(server.host)/none", into: store)
            }
            #expect(nowhere?.message == "`\(server.host)` redirects to nowhere")
        }
    }

    @Test func `goes on where its transfer broke`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { [content] request in
            guard let range = request.header("Range") else {
                return .truncated(
                    200, ["ETag": "\"v1\""], body: Array(content.prefix(100_000)), promised: content.count)
            }
            let start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
            let rest = "bytes \(start)-\(content.count - 1)/\(content.count)"
            return .status(206, ["Content-Range": rest], body: Array(content.dropFirst(start)))
        } _: { server in
            let fetched = try #require(try await fetch("http://\(server.host)/f", into: store))
            #expect(fetched.digest == (try Digest(of: content)))
            #expect(fetched.validators.entityTag == "\"v1\"")
            #expect(server.requests.count == 2)
            #expect(server.requests[1].header("If-Range") == "\"v1\"")
        }
    }

    @Test func `starts anew when its version cannot be told, or changed`() async throws {
        let store = try BlobStore.fixture()
        let attempts = Mutex(0)
        try await ScriptedRegistry.serving { [content] _ in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            let tag = attempt == 2 ? ["ETag": "\"v2\""] : [:]
            return attempt < 3
                ? .truncated(200, tag, body: Array(content.suffix(1000)), promised: content.count)
                : .status(200, body: content)
        } _: { server in
            let fetched = try #require(try await fetch("http://\(server.host)/f", into: store))
            #expect(fetched.digest == (try Digest(of: content)))
            #expect(server.requests.map { $0.header("Range") != nil } == [false, false, true])
        }
    }

    @Test func `is given up when it never comes whole`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { _ in
            .truncated(body: [1, 2], promised: 10)
        } _: { server in
            let error = await #expect(throws: DownloadError.self) {
                try await fetch("http://\(server.host)/f", into: store)
            }
            #expect(error?.reason == .unreachable)
            #expect(server.requests.count == 4)
            let left = try FileManager.default.contentsOfDirectory(atPath: store.directory + "/incoming")
            #expect(left == [])
        }
    }

    @Test(arguments: [true, false])
    func `is refused when it is too large`(isPromised: Bool) async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { [content] _ in
            isPromised
                ? .status(200, body: content) : .status(200, ["Transfer-Encoding": "chunked"], body: content)
        } _: { server in
            let error = await #expect(throws: DownloadError.self) {
                try await fetch("http://\(server.host)/f", into: store) { $0.maximumSize = 1000 }
            }
            #expect(error?.reason == .tooLarge)
            #expect(error?.message == "it has more than the 1000 bytes that a file may have")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `comes as it is, whatever its encoding is said to be`() async throws {
        let store = try BlobStore.fixture()
        let packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try await ScriptedRegistry.serving { _ in
            .status(200, ["Content-Encoding": "gzip"], body: packed)
        } _: { server in
            let fetched = try #require(try await fetch("http://\(server.host)/f.gz", into: store))
            #expect(fetched.digest == (try Digest(of: packed)))
        }
    }

    @Test func `shows its user and password to its own host only`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { _ in
            .status(200, body: [1])
        } _: { other in
            try await ScriptedRegistry.serving { _ in
                .status(302, ["Location": "http://\(other.host)/f"])
            } _: { server in
                _ = try await fetch("http://ann:p%40ss@\(server.host)/f", into: store)
                let expected = "Basic " + Data("ann:p@ss".utf8).base64EncodedString()
                #expect(server.requests[0].header("Authorization") == expected)
                #expect(other.requests[0].header("Authorization") == nil)
            }
        }
    }

    @Test(arguments: [("/a b/ü", "/a%20b/%C3%BC"), ("", "/"), ("?x", "/?x")])
    func `is asked for by an encoded path`(path: String, target: String) async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { _ in
            .status(200, body: [1])
        } _: { server in
            _ = try await fetch("http://\(server.host)\(path)", into: store)
            #expect(server.requests.map(\.target) == [target])
        }
    }

    @Test(arguments: ["ftp://host/f", "http://", "http:///f", "f"])
    func `needs a URL`(text: String) async throws {
        let store = try BlobStore.fixture()
        let error = await #expect(throws: DownloadError.self) { try await fetch(text, into: store) }
        #expect(error?.reason == .malformed)
        #expect(error?.isTransient == false)
    }

    @Test func `is given up when its server is silent, or not there`() async throws {
        let store = try BlobStore.fixture()
        let silent = try SilentServer()
        let error = await #expect(throws: DownloadError.self) {
            try await fetch("http://127.0.0.1:\(silent.port)/f", into: store) {
                $0.answerTime = .milliseconds(100)
                $0.attempts = 2
            }
        }
        #expect(error?.message == "`127.0.0.1:\(silent.port)` did not answer in time")
        #expect(error?.isTransient == true)
        let port = silent.close()
        let refused = await #expect(throws: DownloadError.self) {
            try await fetch("http://127.0.0.1:\(port)/f", into: store) { $0.attempts = 1 }
        }
        #expect(refused?.description.contains("Connection refused") == true, "\(refused?.description ?? "")")
    }
}

@Suite("A proxy for files", .temporaryDirectory) struct ProxyTests {
    @Test(arguments: [
        ("", true), ("other.test", true), ("file.test", false), (".test", false), ("*.test:80", false),
        ("file.test:81", true), ("ile.test", true), ("x, FILE.TEST", false), ("*", false),
    ])
    func `is asked for all hosts but those that are excepted`(exceptions: String, isAsked: Bool) async throws
    {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { _ in
            .status(403)
        } _: { proxy in
            let environment = ["HTTP_PROXY": "http://\(proxy.host)", "no_proxy": exceptions]
            let error = await #expect(throws: DownloadError.self) {
                try await fetch("http://file.test/f", into: store, environment: environment) {
                    $0.attempts = 1
                }
            }
            #expect(error?.reason == .unreachable)
            #expect(proxy.requests.map(\.method) == (isAsked ? ["CONNECT"] : []))
            #expect(proxy.requests.map(\.host) == (isAsked ? ["file.test"] : []))
        }
    }

    @Test func `is not asked for this machine, and gets its user and password`() async throws {
        let store = try BlobStore.fixture()
        try await ScriptedRegistry.serving { request in
            request.method == "CONNECT" ? .status(403) : .status(200, body: [1])
        } _: { proxy in
            let environment = ["all_proxy": "ann:secret@\(proxy.host)"]
            _ = try await fetch("http://\(proxy.host)/direct", into: store, environment: environment)
            await #expect(throws: DownloadError.self) {
                try await fetch("https://file.test/f", into: store, environment: environment) {
                    $0.attempts = 1
                }
            }
            #expect(proxy.requests.map(\.method) == ["GET", "CONNECT"])
            #expect(
                proxy.requests[1].header("Proxy-Authorization")
                    == "Basic " + Data("ann:secret".utf8).base64EncodedString())
        }
    }

    @Test func `needs a URL of its own`() async throws {
        let store = try BlobStore.fixture()
        let error = await #expect(throws: DownloadError.self) {
            try await fetch(
                "http://file.test/", into: store, environment: ["https_proxy": "socks5://ann:secret@host:1"])
        }
        #expect(error?.description.contains("secret") == false)
    }
}

/// Takes connections and says nothing.
private struct SilentServer {
    private let socket: Int32
    let port: UInt16

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EIO) }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Takes no more; returns the port where nobody listens now.
    func close() -> UInt16 {
        Glibc.close(socket)
        return port
    }
}
