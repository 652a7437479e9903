import OCI
import Synchronization

/// The value of an `Authorization` header, and whose it is.
struct Authorization: Sendable {
    let header: String
    /// The name of the credential behind it; `nil` for an anonymous token.
    let credential: String?
    /// When it ends, in the client's time; `nil` where it does not.
    let end: Duration?
}

/// What registries have accepted: passwords by registry, tokens by registry and scope.
final class AuthorizationCache: Sendable {
    private struct Key: Hashable {
        let registry: RegistryHost
        /// `nil` for what is good for all scopes.
        let scopes: AccessScopes?
    }

    private let entries = Mutex<[Key: Authorization]>([:])

    /// What is good for these scopes at this time.
    func authorization(for registry: RegistryHost, _ scopes: AccessScopes, at time: Duration)
        -> Authorization?
    {
        entries.withLock { entries in
            for key in [Key(registry: registry, scopes: scopes), Key(registry: registry, scopes: nil)] {
                guard let entry = entries[key] else { continue }
                if let end = entry.end, end <= time {
                    entries[key] = nil
                } else {
                    return entry
                }
            }
            return nil
        }
    }

    /// - Parameter scopes: `nil` for what is good for all.
    func store(_ authorization: Authorization, for registry: RegistryHost, _ scopes: AccessScopes?) {
        entries.withLock { $0[Key(registry: registry, scopes: scopes)] = authorization }
    }

    /// Forgets what the registry has refused.
    func remove(for registry: RegistryHost, _ scopes: AccessScopes) {
        entries.withLock { entries in
            entries[Key(registry: registry, scopes: scopes)] = nil
            entries[Key(registry: registry, scopes: nil)] = nil
        }
    }
}
