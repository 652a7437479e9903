public import Foundation

/// Debian's `docker-registry` as a process of the test's own: a registry that others have written.
public struct ForeignRegistry: Sendable {
    /// The one user of a registry that wants credentials.
    public static let user = "ann"
    public static let password = "open sesame"
    /// The same password as bcrypt keeps it.
    private static let passwordHash = "$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW"

    /// Host and port: `127.0.0.1:41234`.
    public let host: String
    /// Where it keeps its blobs.
    public let storage: URL

    /// Runs a registry on a free port for the length of `body`.
    ///
    /// - Parameter wantsCredentials: whether it takes only ``user`` with ``password``, by Basic authentication.
    public static func running<Result>(
        in directory: TemporaryDirectory, wantsCredentials: Bool = false,
        _ body: (ForeignRegistry) async throws -> Result
    ) async throws -> Result {
        let name = "foreign-registry-\(UUID().uuidString.prefix(8))"
        let storage = directory.url.appending(path: "\(name)/storage")
        let passwords = try directory.write("\(user):\(passwordHash)\n", to: "\(name)/htpasswd")
        var configuration = """
            version: 0.1
            log: {level: info, formatter: text}
            storage:
              filesystem: {rootdirectory: "\(storage.path)"}
              delete: {enabled: true}
            http: {addr: "127.0.0.1:0"}

            """
        if wantsCredentials {
            configuration += "auth: {htpasswd: {realm: test, path: \"\(passwords)\"}}\n"
        }
        let file = try directory.write(configuration, to: "\(name)/config.yml")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/docker-registry")
        process.arguments = ["serve", file]
        process.standardOutput = FileHandle.nullDevice
        let log = Pipe()
        process.standardError = log
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
            log.fileHandleForReading.readabilityHandler = nil
        }
        let host = try await address(in: log.fileHandleForReading)
        return try await body(ForeignRegistry(host: host, storage: storage))
    }

    /// Waits for the line that tells the port, and goes on reading so that the registry can go on writing.
    private static func address(in log: FileHandle) async throws -> String {
        let (pieces, continuation) = AsyncStream.makeStream(of: Data.self)
        log.readabilityHandler = { handle in
            let piece = handle.availableData
            if piece.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(piece)
            }
        }
        var text = ""
        for await piece in pieces {
            text += String(decoding: piece, as: UTF8.self)
            guard let start = text.firstRange(of: "listening on ")?.upperBound else { continue }
            let address = text[start...].prefix { $0.isNumber || $0 == "." || $0 == ":" }
            // The line may have come only in part.
            if address.endIndex < text.endIndex { return String(address) }
        }
        throw ForeignProcessError(program: "docker-registry", output: text)
    }
}

/// A program of another project that ended when it should have run.
public struct ForeignProcessError: Error, CustomStringConvertible {
    public let program: String
    public let output: String

    public var description: String { "could not start `\(program)`: it ended, and said: \(output)" }
}
