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
        let log = Pipe()
        let process = try ForeignProcess("/usr/bin/docker-registry", ["serve", file], error: log)
        defer {
            log.fileHandleForReading.readabilityHandler = nil
            process.end()
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

/// A program of another project that runs beside a test.
public struct ForeignProcess: Sendable {
    private let process: Process

    /// Starts it; output that nobody is given is thrown away.
    public init(_ path: String, _ arguments: [String], output: Pipe? = nil, error: Pipe? = nil) throws {
        process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = error ?? FileHandle.nullDevice
        try process.run()
    }

    /// Ends it at once. Nothing that blocks SIGTERM, as what is started from a dispatch thread does, holds it up.
    public func end() { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Runs a program to its end, for its exit status.
    public static func run(_ path: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}

/// A program of another project that ended when it should have run.
public struct ForeignProcessError: Error, CustomStringConvertible {
    public let program: String
    public let output: String

    public init(program: String, output: String) {
        self.program = program
        self.output = output
    }

    public var description: String { "could not start `\(program)`: it ended, and said: \(output)" }
}
