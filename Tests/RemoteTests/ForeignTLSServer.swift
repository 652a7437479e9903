import Foundation
import TestSupport

/// OpenSSL's server with a certificate that it signed itself.
enum ForeignTLSServer {
    private static let openssl = "/usr/bin/openssl"

    /// Runs one on a free port for the length of `body`.
    static func running(
        in directory: TemporaryDirectory, _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let (key, certificate) = (directory.path("key.pem"), directory.path("certificate.pem"))
        _ = try await ForeignProcess.run(
            openssl,
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key,
                "-out", certificate,
            ])
        let output = Pipe()
        let server = try ForeignProcess(
            openssl, ["s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-www"],
            output: output)
        defer { server.end() }
        // The program says its port within milliseconds, or ends.
        var text = ""
        while !text.contains("ACCEPT 127.0.0.1:") || !text.hasSuffix("\n") {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw ForeignProcessError(program: "openssl", output: text) }
            text += String(decoding: piece, as: UTF8.self)
        }
        let port = text.split(separator: "ACCEPT 127.0.0.1:").last?.prefix { $0.isNumber }
        try await body(Int(port ?? "") ?? 0)
    }
}
