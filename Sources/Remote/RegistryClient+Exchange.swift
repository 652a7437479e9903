import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// Sends a request until its answer is an accepted one, the registry refuses, or patience ends.
    ///
    /// Throws ``RegistryError``, and what a streamed body threw.
    func answer(to exchange: Exchange) async throws -> Answer {
        var attempt = 1
        while true {
            do { return try await sendOnce(exchange) } catch let error as RegistryError {
                guard error.isTransient, exchange.isRepeatable, attempt < configuration.attempts else {
                    throw error
                }
                try await pause(after: error, attempt: attempt)
            }
            attempt += 1
        }
    }

    /// Waits before another attempt; throws the error where the registry asks for more patience than there is.
    func pause(after error: RegistryError, attempt: Int) async throws {
        var pause = configuration.firstPause
        for _ in 1..<max(attempt, 1) where pause < configuration.longestPause { pause *= 2 }
        pause = min(pause, configuration.longestPause)
        if let retryAfter = error.retryAfter {
            guard retryAfter <= configuration.longestRetryAfter else { throw error }
            pause = max(pause, retryAfter)
        }
        logger.info(
            "A request to a registry is sent again",
            metadata: [
                "registry": "\(error.registry)", "pause": "\(pause)", "attempt": "\(attempt)",
                "reason": "\(error)",
            ])
        try await time.sleep(pause)
    }

    /// Sends it once, and once more where the registry asks who we are.
    private func sendOnce(_ exchange: Exchange) async throws -> Answer {
        let registry = exchange.purpose.registry
        var authorization = authorizations.authorization(for: registry, exchange.scopes, at: time.elapsed())
        var answer = try await follow(exchange, authorization)
        if answer.status == .unauthorized {
            let challenges = Challenge.parse(answer.headers["WWW-Authenticate"])
            authorizations.remove(for: registry, exchange.scopes)
            if let fresh = try await authorize(exchange, answering: challenges) {
                await answer.drain()
                authorization = fresh
                answer = try await follow(exchange, authorization)
            }
        }
        if exchange.accepted.contains(answer.status) { return answer }
        if answer.status == .unauthorized { authorizations.remove(for: registry, exchange.scopes) }
        throw await refusal(exchange.purpose, answer, credential: authorization?.credential)
    }

    /// Sends it, and goes where it is redirected to; only the registry itself sees the authorization.
    private func follow(_ exchange: Exchange, _ authorization: Authorization?) async throws -> Answer {
        var address = exchange.address
        let home = origin(of: exchange.purpose.registry)
        for _ in 0...5 {
            var request = HTTPClientRequest(url: address.description)
            request.method = exchange.method
            request.headers = exchange.headers
            request.headers.add(name: "User-Agent", value: configuration.userAgent)
            if let authorization, address.origin == home {
                request.headers.add(name: "Authorization", value: authorization.header)
            }
            request.body = exchange.body
            let answer = try await send(request, to: address, exchange.purpose, size: exchange.bodySize)
            guard isRedirect(answer, of: exchange) else {
                // A storage host's refusal is not the registry's: no credentials would help.
                if address.origin != home, answer.status.code >= 400 {
                    throw await refusal(exchange.purpose, answer, credential: nil)
                }
                return answer
            }
            await answer.drain()
            address = try target(of: answer, from: address, exchange.purpose)
        }
        throw RegistryError(
            .invalid, exchange.purpose, message: "`\(exchange.purpose.registry)` redirects again and again")
    }

    private func isRedirect(_ answer: Answer, of exchange: Exchange) -> Bool {
        let statuses: [HTTPResponseStatus] = [
            .movedPermanently, .found, .seeOther, .temporaryRedirect, .permanentRedirect,
        ]
        return statuses.contains(answer.status) && (exchange.method == .GET || exchange.method == .HEAD)
    }

    private func target(of answer: Answer, from address: Address, _ purpose: Purpose) throws -> Address {
        guard let location = answer.headers.first(name: "Location"),
            let target = address.resolving(location)
        else {
            throw RegistryError(
                .invalid, purpose, message: "`\(address.origin.authority)` redirects to nowhere")
        }
        guard target.origin.isSecure || !address.origin.isSecure else {
            throw RegistryError(
                .invalid, purpose,
                message: "`\(address.origin.authority)` redirects from HTTPS to plain HTTP at "
                    + "`\(target.origin.authority)`")
        }
        return target
    }

    /// Sends one HTTP request; whatever keeps an answer from coming is ``RegistryError/Reason/unreachable``.
    func send(
        _ request: HTTPClientRequest, to address: Address, _ purpose: Purpose, size: Int64 = 0
    ) async throws -> Answer {
        // A long body may take as long as a slow line of 64 KiB a second needs.
        let patience = configuration.answerTime + .seconds(size >> 16)
        do {
            let response = try await http.execute(request, deadline: .now() + TimeAmount(patience))
            return Answer(response: response, address: address)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw NetworkFault.explain(error, purpose, address.origin) ?? error
        }
    }
}
