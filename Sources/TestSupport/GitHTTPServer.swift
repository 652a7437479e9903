public import Foundation
import Glibc

/// A TCP server on a free loopback port, each connection on a thread of its own.
public final class LoopbackServer: Sendable {
    public let port: UInt16
    private let socket: Int32

    /// - Parameter serve: gets a connection, which is closed when it returns.
    public init(_ serve: @escaping @Sendable (FileHandle) -> Void) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard status else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let connection = accept(socket, nil, nil)
                // The server was closed.
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    serve(FileHandle(fileDescriptor: connection, closeOnDealloc: true))
                }
            }
        }
    }

    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}

/// A smart HTTP server of the repositories under a folder: `git http-backend` behind a few lines of HTTP.
public struct GitHTTPServer {
    private let server: LoopbackServer

    /// - Parameter credentials: `user:password` that each request must carry.
    public init(root: String, credentials: String? = nil) throws {
        server = try LoopbackServer { connection in
            // A test fails by what the client sees, not by what the server could not do.
            try? Self.serve(connection, root, credentials)
        }
    }

    public func url(_ repository: String, credentials: String? = nil) -> String {
        "http://\(credentials.map { "\($0)@" } ?? "")127.0.0.1:\(server.port)/\(repository)"
    }

    private static func serve(_ connection: FileHandle, _ root: String, _ credentials: String?) throws {
        let request = try Request(reading: connection)
        if let credentials {
            let expected = "Basic " + Data(credentials.utf8).base64EncodedString()
            guard request.headers["authorization"] == expected else {
                let answer =
                    "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n"
                    + "Content-Length: 0\r\nConnection: close"
                return try connection.write(contentsOf: Data("HTTP/1.1 \(answer)\r\n\r\n".utf8))
            }
        }
        let answer = try backend(request, root)
        guard let end = answer.firstRange(of: Data("\r\n\r\n".utf8)) else { return }
        let fields = String(decoding: answer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = fields.first { $0.hasPrefix("Status: ") }?.dropFirst(8) ?? "200 OK"
        let head = [
            "HTTP/1.1 \(status)", "Content-Length: \(answer.count - end.upperBound)", "Connection: close",
        ]
        let text = (head + fields.map(String.init)).joined(separator: "\r\n") + "\r\n\r\n"
        try connection.write(contentsOf: Data(text.utf8) + answer[end.upperBound...])
    }

    private static func backend(_ request: Request, _ root: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "-c", "safe.directory=*", "http-backend"]
        let target = request.target.split(separator: "?", maxSplits: 1)
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": request.method,
            "PATH_INFO": String(target[0]), "QUERY_STRING": target.count > 1 ? String(target[1]) : "",
            "CONTENT_TYPE": request.headers["content-type"] ?? "",
            "CONTENT_LENGTH": "\(request.body.count)",
            "HTTP_CONTENT_ENCODING": request.headers["content-encoding"] ?? "",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: request.body)
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return answer
    }
}

/// An HTTP/1.1 request with its whole body.
private struct Request {
    let method: String
    let target: String
    let headers: [String: String]
    let body: Data

    init(reading connection: FileHandle) throws {
        var bytes = Data()
        func read() throws {
            guard let more = try connection.read(upToCount: 1), !more.isEmpty else {
                throw POSIXError(.ECONNRESET)
            }
            bytes += more
        }
        while bytes.suffix(4) != Data("\r\n\r\n".utf8) { try read() }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { throw POSIXError(.EINVAL) }
        (method, target) = (words[0], words[1])
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map {
                    (
                        line[..<$0].lowercased(),
                        line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces)
                    )
                }
            }, uniquingKeysWith: { $1 })
        bytes = Data()
        if headers["transfer-encoding"] == "chunked" {
            body = try Self.chunks(connection)
        } else {
            for _ in 0..<(headers["content-length"].flatMap(Int.init) ?? 0) { try read() }
            body = bytes
        }
    }

    private static func chunks(_ connection: FileHandle) throws -> Data {
        var body = Data()
        while true {
            var line = ""
            while !line.hasSuffix("\r\n") {
                guard let byte = try connection.read(upToCount: 1)?.first else {
                    throw POSIXError(.ECONNRESET)
                }
                line.unicodeScalars.append(Unicode.Scalar(byte))
            }
            guard let size = Int(line.trimmingCharacters(in: .whitespacesAndNewlines), radix: 16) else {
                throw POSIXError(.EINVAL)
            }
            var rest = size + 2
            var chunk = Data()
            while rest > 0 {
                guard let more = try connection.read(upToCount: rest), !more.isEmpty else {
                    throw POSIXError(.ECONNRESET)
                }
                chunk += more
                rest -= more.count
            }
            if size == 0 { return body }
            body += chunk.prefix(size)
        }
    }
}
