import Dispatch
import Foundation
import Glibc
import Hummingbird
import Logging
import NIOCore
import Registry
import Testing

/// Serves a registry on a free port of the loopback address while `body` runs.
func withServer<Result: Sendable>(
    _ registry: TestRegistry, _ body: (_ port: Int) async throws -> Result
) async throws -> Result {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let router = Router()
    registry.routes.add(to: router)
    let application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        defer { group.cancelAll() }
        var iterator = ports.makeAsyncIterator()
        return try await body(try #require(await iterator.next()))
    }
}

/// Runs a program, off the cooperative pool, and gives its status and all that it said.
@discardableResult
func run(_ command: String...) async throws -> (status: Int32, output: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "slipway-run-\(UUID().uuidString)")
    try Data().write(to: output)
    // A file that cannot be removed fails no test.
    defer { try? FileManager.default.removeItem(at: output) }
    let file = try FileHandle(forWritingTo: output)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = file
    process.standardError = file
    let status = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    try file.close()
    return (status, String(decoding: try Data(contentsOf: output), as: UTF8.self))
}

/// The files of a folder.
enum FileList {
    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }
}

/// Sends bytes to a port of the loopback address, shuts this side, and waits until the other side is shut too.
func hangUp(after bytes: [UInt8], port: Int) async throws {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Result { try hangUpBlocking(after: bytes, port: port) })
        }
    }
}

private func hangUpBlocking(after bytes: [UInt8], port: Int) throws {
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(connection >= 0)
    defer { close(connection) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    try #require(status == 0)
    try #require(send(connection, bytes, bytes.count, 0) == bytes.count)
    shutdown(connection, Int32(SHUT_WR))
    var answer = [UInt8](repeating: 0, count: 1024)
    while recv(connection, &answer, answer.count, 0) > 0 {}
}
