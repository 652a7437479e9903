import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A server of files in memory that remembers what it was asked.
final class FileServer: Sendable {
    /// A file, and what is said with it.
    struct File: Sendable {
        var bytes: [UInt8]
        var headers: [String: String] = [:]
    }

    private let files: Mutex<[String: File]>
    private let log = Mutex<[String]>([])
    private let place = Mutex("")

    init(_ files: [String: File]) { self.files = Mutex(files) }

    /// Host and port.
    var host: String { place.withLock { $0 } }

    func put(_ file: File?, at path: String) { files.withLock { $0[path] = file } }

    /// Each request since the last call: its path, and the status that it was answered with.
    func takeLog() -> [String] {
        log.withLock { log in
            defer { log = [] }
            return log
        }
    }

    private func answer(_ request: Request) -> Response {
        let path = request.uri.path
        guard let file = files.withLock({ $0[path] }) else { return noted(path, Response(status: .notFound)) }
        var fields = HTTPFields()
        for (name, value) in file.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let tag = file.headers["ETag"]
        if tag != nil && request.headers[.ifNoneMatch] == tag
            || tag == nil && file.headers["Last-Modified"] != nil
                && request.headers[.ifModifiedSince] == file.headers["Last-Modified"]
        {
            return noted(path, Response(status: .notModified, headers: fields))
        }
        return noted(
            path,
            Response(
                status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes))))
    }

    private func noted(_ path: String, _ response: Response) -> Response {
        log.withLock { $0.append("\(path) \(response.status.code)") }
        return response
    }

    /// Serves on a free port for the length of `body`.
    func serving<Result: Sendable>(
        _ body: @escaping @Sendable (FileServer) async throws -> Result
    ) async throws -> Result {
        let responder = CallbackResponder<BasicRequestContext> { request, _ in self.answer(request) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await port in ports {
                    self.place.withLock { $0 = "127.0.0.1:\(port)" }
                    return try await body(self)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
