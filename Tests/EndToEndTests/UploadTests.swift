import ControlAPI
import Cryptography
import Foundation
import OCI
import TestSupport
import Testing

@Suite("An upload that is cut", .temporaryDirectory, .timeLimit(.minutes(5))) struct UploadTests {
    private static let size = 5_000_000
    /// Enough to be on disk in part, however the daemon gathers what comes.
    private static let sent = 3_000_000

    @Test func `to the registry leaves no blob, and can be gone on with`() async throws {
        try await SlipwayDaemon.running { daemon in
            let bytes = randomBytes(Self.size)
            let digest = try Digest(of: bytes)
            try Data(bytes).write(to: daemon.directory.url.appending(path: "blob"))
            let location = try curl(
                "-X POST -o /dev/null -w '%header{location}' \(url(daemon))/blobs/uploads/", daemon)
            let target = location.replacing("http://\(daemon.registry)", with: "")
            let port = try #require(Int(daemon.registry.split(separator: ":").last ?? ""))

            let connection = try RawConnection(port: port)
            try connection.send(Self.request("PATCH", target, length: bytes.count))
            try connection.send(bytes.prefix(Self.sent))
            try await eventually("a part has come") { try !daemon.incoming.isEmpty }
            connection.cut()

            #expect(
                try curl("-o /dev/null -w '%{http_code}' -I \(url(daemon))/blobs/\(digest)", daemon) == "404")
            // The registry holds the upload until it has noticed that its client has gone.
            var offset = 0
            try await eventually("the upload can be asked for") {
                let range = try curl(
                    "-o /dev/null -w '%{http_code} %header{range}' http://\(daemon.registry)\(target)", daemon
                )
                guard range.hasPrefix("204 0-") else { return false }
                offset = (Int(range.dropFirst("204 0-".count)) ?? -1) + 1
                return true
            }
            #expect((1...Self.sent).contains(offset))
            let status = try curl(
                """
                -o /dev/null -w '%{http_code}' -X PUT -H 'Content-Type: application/octet-stream' \
                --data-binary @<(tail -c +\(offset + 1) blob) 'http://\(daemon.registry)\(target)?digest=\(digest)'
                """, daemon)
            #expect(status == "201")
            _ = try curl("-o read \(url(daemon))/blobs/\(digest)", daemon)
            #expect(try Array(Data(contentsOf: daemon.directory.url.appending(path: "read"))) == bytes)
            #expect(try daemon.incoming == [])
        }
    }

    @Test func `or not may be announced first, and is waited for`() async throws {
        try await SlipwayDaemon.running { daemon in
            let bytes = randomBytes(Self.size)
            try Data(bytes).write(to: daemon.directory.url.appending(path: "blob"))
            let location = try curl(
                "-X POST -o /dev/null -w '%header{location}' \(url(daemon))/blobs/uploads/", daemon)
            let target = location.replacing("http://\(daemon.registry)", with: "")
            // Without an answer to its announcement curl would wait longer than this test may take.
            let told = try curl(
                """
                -v --expect100-timeout 600 -H 'Expect: 100-continue' -T blob -o /dev/null \
                'http://\(daemon.registry)\(target)?digest=\(Digest(of: bytes))' 2>&1
                """, daemon)
            #expect(told.contains("< HTTP/1.1 100 Continue"))
            #expect(told.contains("< HTTP/1.1 201 Created"))
        }
    }

    @Test func `in one piece leaves nothing`() async throws {
        try await SlipwayDaemon.running { daemon in
            let bytes = randomBytes(Self.size)
            let digest = try Digest(of: bytes)
            let port = try #require(Int(daemon.registry.split(separator: ":").last ?? ""))
            let connection = try RawConnection(port: port)
            try connection.send(
                Self.request("POST", "/v2/app/blobs/uploads/?digest=\(digest)", length: bytes.count))
            try connection.send(bytes.prefix(Self.sent))
            try await eventually("a part has come") { try !daemon.incoming.isEmpty }
            connection.cut()
            try await eventually("the part is gone") { try daemon.incoming.isEmpty }
            #expect(
                try curl("-o /dev/null -w '%{http_code}' -I \(url(daemon))/blobs/\(digest)", daemon) == "404")
        }
    }

    @Test(arguments: ["/contexts", "/images/import?tag=app:1"])
    func `to the control interface leaves nothing`(path: String) async throws {
        try await SlipwayDaemon.running { daemon in
            let connection = try RawConnection(path: "\(daemon.data)/slipway.sock")
            try connection.send(Self.request("POST", SlipwayVersion.apiPrefix + path, length: Self.size))
            try connection.send(randomBytes(Self.sent))
            try await eventually("a part has come") { try !daemon.incoming.isEmpty }
            connection.cut()
            try await eventually("the part is gone") { try daemon.incoming.isEmpty }
            #expect(try await daemon.tags() == [])
            #expect(try await daemon.runs() == [])
            let blobs = try FileManager.default.subpathsOfDirectory(atPath: "\(daemon.data)/blobs/sha256")
            #expect(blobs == [])
        }
    }

    private func url(_ daemon: SlipwayDaemon) -> String { "http://\(daemon.registry)/v2/app" }

    /// What `curl` prints; it is to get an answer.
    private func curl(_ arguments: String, _ daemon: SlipwayDaemon) throws -> String {
        let outcome = try Shell.run("curl --silent --show-error \(arguments)", in: daemon.directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output
    }

    private static func request(_ method: String, _ target: String, length: Int) -> [UInt8] {
        Array(
            """
            \(method) \(target) HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/octet-stream\r
            Content-Length: \(length)\r
            \r\n
            """.utf8)
    }
}
