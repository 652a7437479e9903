import AsyncHTTPClient
import Blobs
import NIOCore
import NIOHTTP1

extension FileDownloader {
    /// Receives a file, or the rest of it, once; `false` where it is the known one.
    func receive(_ transfer: inout FileTransfer) async throws -> Bool {
        let offset = await transfer.upload.size
        let answer = try await answer(to: headers(for: transfer, from: offset), transfer.address)
        if answer.status == .notModified {
            // Only who named a version may be told so.
            guard offset == 0, !transfer.known.isEmpty else {
                throw refusal(answer, transfer, "`304` says that nothing changed, and nothing is known")
            }
            await answer.drain()
            return false
        }
        let isContinued = answer.status == .partialContent && offset > 0 && answer.start == offset
        guard answer.status != .partialContent || isContinued else {
            await transfer.upload.cancel()
            throw broken(transfer, "the server sent another part of it than was asked for")
        }
        if !isContinued {
            await transfer.upload.cancel()
            transfer.validators = Validators(
                entityTag: answer.headers.first(name: "ETag"),
                lastModified: answer.headers.first(name: "Last-Modified"))
        }
        try await receive(answer, transfer)
        return true
    }

    private func headers(for transfer: FileTransfer, from offset: Int64) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add(name: "User-Agent", value: configuration.userAgent)
        headers.add(name: "Accept", value: "*/*")
        headers.add(name: "Accept-Encoding", value: "identity")
        if offset == 0 {
            if let tag = transfer.known.entityTag { headers.add(name: "If-None-Match", value: tag) }
            if let time = transfer.known.lastModified { headers.add(name: "If-Modified-Since", value: time) }
        } else if let validator = transfer.strongValidator {
            headers.add(name: "Range", value: "bytes=\(offset)-")
            headers.add(name: "If-Range", value: validator)
        }
        return headers
    }

    private func receive(_ answer: Answer, _ transfer: FileTransfer) async throws {
        let before = await transfer.upload.size
        let length = answer.headers.first(name: "Content-Length").flatMap { Int64($0) }
        if let length { try check(before + length, transfer) }
        do {
            for try await chunk in answer.response.body {
                try check(await transfer.upload.size + Int64(chunk.readableBytes), transfer)
                try await transfer.upload.append(chunk)
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            guard let (message, _) = NetworkFault.words(for: error, answer.address.origin) else {
                throw error
            }
            throw broken(transfer, message)
        }
        let size = await transfer.upload.size
        guard let length, size != before + length else { return }
        throw broken(transfer, "it ended after \(size) of \(before + length) bytes")
    }

    private func check(_ size: Int64, _ transfer: FileTransfer) throws(DownloadError) {
        guard size > configuration.maximumSize else { return }
        throw DownloadError(
            .tooLarge, transfer.address.description,
            message: "it has more than the \(configuration.maximumSize) bytes that a file may have",
            hint: "put it into the context, or raise the limit")
    }

    private func broken(_ transfer: FileTransfer, _ message: String) -> DownloadError {
        DownloadError(.unreachable, transfer.address.description, message: message)
    }

    private func refusal(_ answer: Answer, _ transfer: FileTransfer, _ message: String) -> DownloadError {
        DownloadError(
            .refused(status: Int(answer.status.code)), transfer.address.description, message: message)
    }

    /// Sends a request and goes where it is redirected to; only the URL's own host sees its user and password.
    private func answer(to headers: HTTPHeaders, _ file: FileAddress) async throws -> Answer {
        var address = file.address
        for _ in 0...configuration.redirects {
            var request = HTTPClientRequest(url: address.description)
            request.headers = headers
            if let authorization = file.authorization, address.origin == file.address.origin {
                request.headers.add(name: "Authorization", value: authorization)
            }
            let answer = try await send(request, to: address, file)
            switch answer.status.code {
            case 200..<300, 304: return answer
            case 301, 302, 303, 307, 308:
                await answer.drain()
                guard let location = answer.headers.first(name: "Location"),
                    let target = FileAddress.target(of: location, from: address)
                else {
                    throw DownloadError(
                        .malformed, file.description,
                        message: "`\(address.origin.authority)` redirects to nowhere")
                }
                address = target
            default: throw await refusal(answer, file)
            }
        }
        throw DownloadError(
            .malformed, file.description,
            message: "it is redirected more than \(configuration.redirects) times, last to `\(address)`")
    }

    private func send(
        _ request: HTTPClientRequest, to address: Address, _ file: FileAddress
    ) async throws -> Answer {
        do {
            let client = routes.client(for: address.origin)
            let response = try await client.execute(
                request, deadline: .now() + TimeAmount(configuration.answerTime))
            return Answer(response: response, address: address)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            guard let (message, _) = NetworkFault.words(for: error, address.origin) else { throw error }
            throw DownloadError(
                .unreachable, file.description, message: message,
                hint: "check the URL, and that this machine reaches `\(address.origin.authority)`")
        }
    }

    private func refusal(_ answer: Answer, _ file: FileAddress) async -> DownloadError {
        let status = Int(answer.status.code)
        let redirected =
            answer.address.description == file.address.description ? "" : " at `\(answer.address)`"
        let message =
            "`\(answer.address.origin.authority)` answered \(status) \(answer.status.reasonPhrase)"
            + redirected
        let isServers = status >= 500 || status == 429 || status == 408
        await answer.drain()
        var error = DownloadError(
            isServers ? .serverError(status: status) : .refused(status: status), file.description,
            message: message, hint: Self.hint(status))
        error.retryAfter = HTTPTime.retryAfter(answer.headers)
        return error
    }

    private static func hint(_ status: Int) -> String? {
        switch status {
        case 401, 403: "give a user and a password in the URL, if it needs them"
        case 404, 410: "check the URL"
        case 429, 500...: "try again later"
        default: nil
        }
    }
}
