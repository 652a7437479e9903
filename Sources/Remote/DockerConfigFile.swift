import Foundation
package import OCI

/// The credentials of Docker's `config.json`, read anew each time so that `docker login` is seen at once.
///
/// `credHelpers` and `credsStore` name programs that are run as Docker runs them; where such a program knows
/// nothing, `auths` is asked.
package struct DockerConfigFile: CredentialSource {
    /// The file; one that is not there holds no credentials.
    package let path: String
    private let environment: [String: String]

    /// - Parameter environment: `PATH` finds the credential helpers, which get all of it.
    package init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// The file that Docker itself would read: in `$DOCKER_CONFIG`, or in `.docker` of `$HOME`.
    package init(environment: [String: String]) {
        let folder = environment["DOCKER_CONFIG"] ?? "\(environment["HOME"] ?? "/root")/.docker"
        self.init(path: "\(folder)/config.json", environment: environment)
    }

    package func credential(for registry: RegistryHost) async throws(CredentialError) -> Credential? {
        guard let document = try document() else { return nil }
        let helpers = document["credHelpers"]?.object ?? [:]
        let helper =
            helpers.first { Self.names($0.key, registry) }?.value.string ?? document["credsStore"]?.string
        if let helper, !helper.isEmpty {
            let program = try CredentialHelper(helper, environment: environment)
            if let credential = try await program.credential(for: registry) { return credential }
        }
        let auths = document["auths"]?.object ?? [:]
        // More than one key can mean one registry (`https://host/v1/` and `host`): the choice must be the same each time.
        let keys = auths.keys.filter { Self.names($0, registry) }.sorted()
        for key in keys {
            if let credential = try credential(in: auths[key]?.object ?? [:], key: key) { return credential }
        }
        return nil
    }

    private func document() throws(CredentialError) -> [String: JSONValue]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let bytes = try Data(contentsOf: URL(filePath: path))
            guard let object = try JSONValue(parsing: bytes).object else {
                throw DocumentError.unexpected(path: "", expected: "an object", found: "something else")
            }
            return object
        } catch {
            // Foundation's text names the file but shows none of it.
            let message = (error as? DocumentError)?.description ?? error.localizedDescription
            throw CredentialError("read the credentials in `\(path)`", message: message)
        }
    }

    /// Whether a key of the file, a host or an old URL, means the registry.
    private static func names(_ key: String, _ registry: RegistryHost) -> Bool {
        var text = Substring(key)
        if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
        text = text.prefix { $0 != "/" }
        // A key that is no host means no registry.
        return (try? RegistryHost(text)) == registry
    }

    private func credential(
        in entry: [String: JSONValue], key: String
    ) throws(CredentialError) -> Credential? {
        let place = "`\(path)`"
        if let token = entry["identitytoken"]?.string, !token.isEmpty {
            return .identityToken(token, from: place)
        }
        if let token = entry["registrytoken"]?.string, !token.isEmpty { return .bearer(token, from: place) }
        if let auth = entry["auth"]?.string, !auth.isEmpty {
            guard let bytes = Data(base64Encoded: auth), let text = String(bytes: bytes, encoding: .utf8),
                let colon = text.firstIndex(of: ":")
            else {
                throw CredentialError(
                    "read the credentials in `\(path)`",
                    message: "the field `auth` of `\(key)` is not `USER:PASSWORD` in base64")
            }
            // Docker pads passwords with zero bytes.
            let password = text[text.index(after: colon)...].trimmingCharacters(in: ["\0"])
            return .password(user: String(text[..<colon]), password: password, from: place)
        }
        guard let user = entry["username"]?.string, !user.isEmpty else { return nil }
        return .password(user: user, password: entry["password"]?.string ?? "", from: place)
    }
}
