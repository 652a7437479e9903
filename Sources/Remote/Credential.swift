package import OCI

/// What proves to a registry who calls.
///
/// Printing one shows its name alone: the secret never reaches an error or a log.
package struct Credential: Sendable, CustomStringConvertible, CustomReflectable {
    enum Secret: Sendable {
        case password(user: String, password: String)
        /// A refresh token of Docker's OAuth2 flow, given to the token endpoint.
        case identityToken(String)
        /// A token for the registry itself.
        case bearer(String)
    }

    /// Whose it is and where it came from, for people: "user `ann` from `/home/ann/.docker/config.json`".
    package let name: String
    let secret: Secret

    init(name: String, secret: Secret) {
        self.name = name
        self.secret = secret
    }

    /// A user's name and password, or what a registry takes for one.
    package static func password(user: String, password: String, from place: String) -> Credential {
        Credential(name: "user `\(user)` from \(place)", secret: .password(user: user, password: password))
    }

    /// A token that is exchanged for short-lived ones.
    package static func identityToken(_ token: String, from place: String) -> Credential {
        Credential(name: "the identity token from \(place)", secret: .identityToken(token))
    }

    /// A token that the registry itself takes.
    package static func bearer(_ token: String, from place: String) -> Credential {
        Credential(name: "the registry token from \(place)", secret: .bearer(token))
    }

    package var description: String { name }
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// Knows credentials by registry.
package protocol CredentialSource: Sendable {
    /// The credential for a registry, or `nil` where there is none and the caller is nobody.
    ///
    /// Throws ``CredentialError`` when the source cannot be read.
    func credential(for registry: RegistryHost) async throws(CredentialError) -> Credential?
}

/// Credentials that the program was given.
package struct KnownCredentials: CredentialSource {
    private let credentials: [RegistryHost: Credential]

    package init(_ credentials: [RegistryHost: Credential] = [:]) { self.credentials = credentials }

    package func credential(for registry: RegistryHost) async throws(CredentialError) -> Credential? {
        credentials[registry]
    }
}

/// Why credentials could not be read; no part of them is in it.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String

    init(_ operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    package var description: String { "could not \(operation): \(message)" }
}
