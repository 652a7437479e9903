import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// Makes what answers a challenge, and remembers it; `nil` where nothing can: no credentials are known.
    func authorize(_ exchange: Exchange, answering challenges: [Challenge]) async throws -> Authorization? {
        let purpose = exchange.purpose
        let credential: Credential?
        do { credential = try await credentials.credential(for: purpose.registry) } catch {
            throw RegistryError(
                .unauthorized, purpose,
                message: "the credentials for `\(purpose.registry)` are not to be had: \(error)")
        }
        if case .bearer(let token) = credential?.secret {
            return remember("Bearer \(token)", credential, for: purpose.registry, nil)
        }
        if let challenge = challenges.first(where: { $0.scheme == "bearer" }) {
            let request = try TokenRequest(
                challenge, exchange, credential, registry: origin(of: purpose.registry))
            return try await fetchToken(request, for: exchange)
        }
        guard challenges.contains(where: { $0.scheme == "basic" }),
            case .password(let user, let password) = credential?.secret
        else { return nil }
        let basic = TokenRequest.basic(user: user, password: password)
        return remember(basic, credential, for: purpose.registry, nil)
    }

    private func remember(
        _ header: String, _ credential: Credential?, for registry: RegistryHost, _ scopes: AccessScopes?,
        lifetime: Duration? = nil
    ) -> Authorization {
        let end = lifetime.map { time.elapsed() + $0 }
        let authorization = Authorization(header: header, credential: credential?.name, end: end)
        authorizations.store(authorization, for: registry, scopes)
        return authorization
    }

    private func fetchToken(_ token: TokenRequest, for exchange: Exchange) async throws -> Authorization {
        let registry = exchange.purpose.registry
        let purpose = Purpose(exchange.purpose.operation, at: registry)
        var request = token.request
        request.headers.add(name: "User-Agent", value: configuration.userAgent)
        let answer = try await send(request, to: token.address, purpose)
        guard answer.status == .ok else {
            throw await refusal(purpose, answer, credential: token.credential?.name)
        }
        guard let body = try? await answer.response.body.collect(upTo: 1 << 20),
            let document = try? JSONValue(parsing: Array(body.readableBytesView)).object,
            let text = (document["token"] ?? document["access_token"])?.string, !text.isEmpty
        else {
            throw RegistryError(
                .serverError(status: 200), purpose,
                message: "the token service `\(token.address.origin.authority)` gave no token")
        }
        // The specification's default is 60 seconds. A token on its last seconds may end on its way.
        let seconds = max(10, (document["expires_in"]?.integer ?? 60) - 10)
        return remember(
            "Bearer \(text)", token.credential, for: registry, exchange.scopes, lifetime: .seconds(seconds))
    }
}

/// A request to a registry's token service (Docker's registry v2 token specification, and its OAuth2 variant).
struct TokenRequest {
    let address: Address
    private(set) var request: HTTPClientRequest
    let credential: Credential?

    /// - Parameter registry: credentials for a registry reached by HTTPS go to no token service in plain HTTP.
    init(
        _ challenge: Challenge, _ exchange: Exchange, _ credential: Credential?, registry: Origin
    ) throws(RegistryError) {
        guard let realm = challenge.parameters["realm"].flatMap({ Address($0) }),
            realm.origin.isSecure || !registry.isSecure
        else {
            throw RegistryError(
                .invalid, exchange.purpose,
                message: "`\(registry.authority)` names no safe token service in its challenge")
        }
        let scopes = exchange.scopes.union(AccessScopes(parsing: challenge.parameters["scope"] ?? ""))
        var parameters = challenge.parameters["service"].map { [("service", $0)] } ?? []
        self.credential = credential
        if case .identityToken(let token) = credential?.secret {
            parameters += [("scope", scopes.parameters.joined(separator: " "))]
            parameters += [
                ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "slipway"),
            ]
            address = realm
            request = HTTPClientRequest(url: realm.description)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: Self.form(parameters)))
            return
        }
        parameters += scopes.parameters.map { ("scope", $0) }
        address = parameters.reduce(realm) { $0.adding($1.0, $1.1) }
        request = HTTPClientRequest(url: address.description)
        if case .password(let user, let password) = credential?.secret {
            request.headers.add(name: "Authorization", value: Self.basic(user: user, password: password))
        }
    }

    private static func form(_ parameters: [(String, String)]) -> String {
        parameters.map { "\($0.0)=\($0.1.queryEncoded)" }.joined(separator: "&")
    }

    /// The header of RFC 7617.
    static func basic(user: String, password: String) -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }
}
