import Blobs
import BuildHost
import Builder
import Cryptography
import Foundation
import OCI
import Remote
import TestSupport
import Testing

@Suite("Files over HTTP", .temporaryDirectory) struct HTTPFilesTests {
    private static let bytes = Array("content".utf8)

    @Test(arguments: [
        ["ETag": "\"v1\""], ["Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"],
        ["ETag": "W/\"v1\"", "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"],
    ])
    func `are asked for again, and come only when they changed`(headers: [String: String]) async throws {
        let server = FileServer(["/f": .init(bytes: Self.bytes, headers: headers)])
        try await server.serving { server in
            let url = "http://\(server.host)/f"
            let first = try await withLocalBuilder {
                try await $0.remoteSources.file(at: url, expecting: nil)
            }
            // Another process knows it as well.
            let second = try await withLocalBuilder {
                try await $0.remoteSources.file(at: url, expecting: nil)
            }
            #expect(server.takeLog() == ["/f 200", "/f 304"])
            #expect(first.digest == (try Digest(of: Self.bytes)) && second.digest == first.digest)
            #expect(second.modified == first.modified && second.size == 7)
            #expect(second.modified == (headers["Last-Modified"] == nil ? nil : 1_700_000_000))
            server.put(.init(bytes: [1, 2], headers: ["ETag": "\"v2\""]), at: "/f")
            let third = try await withLocalBuilder {
                try await $0.remoteSources.file(at: url, expecting: nil)
            }
            #expect(third.size == 2)
            #expect(server.takeLog() == ["/f 200"])
        }
    }

    @Test func `come anew when their server tells no version, or the store has them no longer`() async throws
    {
        let server = FileServer([
            "/none": .init(bytes: Self.bytes), "/tag": .init(bytes: [9], headers: ["ETag": "\"1\""]),
        ])
        try await server.serving { server in
            try await withLocalBuilder { local in
                for _ in 0..<2 {
                    _ = try await local.remoteSources.file(at: "http://\(server.host)/none", expecting: nil)
                }
                let file = try await local.remoteSources.file(at: "http://\(server.host)/tag", expecting: nil)
                try local.store.remove(file.digest)
                let again = try await local.remoteSources.file(
                    at: "http://\(server.host)/tag", expecting: nil)
                #expect(again.digest == file.digest)
                // What was open stays readable.
                #expect(try file.content.bytes(at: 0, count: 9) == [9])
            }
            #expect(server.takeLog() == ["/none 200", "/none 200", "/tag 200", "/tag 200"])
        }
    }

    @Test func `are not asked for when their checksum names what is known`() async throws {
        let server = FileServer(["/f": .init(bytes: Self.bytes)])
        try await server.serving { server in
            try await withLocalBuilder { local in
                let url = "http://\(server.host)/f"
                let digest = try Digest(of: Self.bytes)
                for _ in 0..<2 { _ = try await local.remoteSources.file(at: url, expecting: digest) }
                #expect(server.takeLog() == ["/f 200"])
                _ = try await local.remoteSources.file(at: url, expecting: try Digest(of: []))
                #expect(server.takeLog() == ["/f 200"])
            }
        }
    }

    @Test func `survive a damaged note of what is known`() async throws {
        let server = FileServer(["/f": .init(bytes: Self.bytes, headers: ["ETag": "\"1\""])])
        try await server.serving { server in
            try await withLocalBuilder { local in
                let url = "http://\(server.host)/f"
                _ = try await local.remoteSources.file(at: url, expecting: nil)
                let folder = "\(local.directory)/cache/downloads"
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    try Data("{".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
                }
                _ = try await local.remoteSources.file(at: url, expecting: nil)
                #expect(server.takeLog() == ["/f 200", "/f 200"])
            }
        }
    }

    @Test func `that are not there are the Dockerfile's fault, a server that is not there is none's`()
        async throws
    {
        let server = FileServer([:])
        let host = try await server.serving { server in
            try await withLocalBuilder { local in
                let error = await #expect(throws: BuildError.self) {
                    try await local.remoteSources.file(at: "http://\(server.host)/f", expecting: nil)
                }
                #expect(error?.message.hasSuffix("answered 404 Not Found") == true)
                #expect(error?.hint == "check the URL")
            }
            return server.host
        }
        try await withLocalBuilder { local in
            let error = await #expect(throws: DownloadError.self) {
                try await local.remoteSources.file(at: "http://\(host)/f", expecting: nil)
            }
            #expect(error?.isTransient == true)
        }
    }

    @Test func `are layers that nothing is read for again`() async throws {
        let server = FileServer(["/f": .init(bytes: Self.bytes, headers: ["ETag": "\"1\""])])
        try await server.serving { server in
            try await withLocalBuilder { local in
                let empty = ContextOpener.Opened(tree: LayeredTree())
                let text = "FROM scratch\nADD http://\(server.host)/f /x/\n"
                let first = try await local.build(text, over: empty)
                let second = try await local.build(text, over: empty)
                #expect(try local.listing(first) == ["drwxr-xr-x 0/0 x/", "-rw------- 0/0 x/f"])
                #expect(second.manifest == first.manifest)
                #expect(server.takeLog() == ["/f 200", "/f 304"])
                let error = await #expect(throws: (any Error).self) {
                    try await local.build("FROM scratch\nADD http://\(server.host)/none /\n", over: empty)
                }
                let message = error.map { "\($0)" } ?? ""
                #expect(message.hasPrefix("Dockerfile:2:5: could not fetch `http://\(server.host)/none`: "))
            }
        }
    }
}
