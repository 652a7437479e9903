import CLibgit2

/// Where a repository is: an absolute path, `file://`, `http(s)://` or `git://`.
///
/// It may carry credentials (`https://user:token@host/…`); ``description``, and every error that names the
/// URL, is without them.
package struct RemoteURL: Hashable, Sendable, CustomStringConvertible {
    /// As the user wrote it, credentials and all: for libgit2 only.
    let text: String
    /// The URL without credentials.
    package let description: String
    /// The server and its port, lower-case; `nil` for a repository of this machine's file system.
    package let host: String?
    let hasCredentials: Bool

    /// Reads a URL; throws ``GitError`` with ``GitError/Reason/malformed`` and a hint where it is none.
    package init(_ text: some StringProtocol) throws(GitError) {
        let text = String(text)
        guard !text.isEmpty, !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) || text.hasPrefix("/"),
            !text.utf8.contains(0)
        else { throw Self.malformed(text, "it is empty, or has a space in it") }
        let place = try Self.place(text)
        self.text = text
        host = place.host
        hasCredentials = place.hasCredentials
        description = Self.withoutCredentials(text)
    }

    /// The URL with its credentials, for what is made of it: never to be shown or kept.
    package var unredacted: String { text }

    /// The path, where the repository is one of this machine.
    package var localPath: String? {
        guard host == nil else { return nil }
        return text.hasPrefix("file://") ? String(text.dropFirst(7)) : text
    }

    /// The name of the folder that is the repository's mirror, among those of other repositories.
    ///
    /// It does not depend on the credentials: a new token needs no new mirror.
    package var mirrorName: String {
        var oid = git_oid()
        do throws(GitError) {
            try git("hash the URL") {
                description.utf8CString.withUnsafeBytes {
                    git_odb_hash(&oid, $0.baseAddress, $0.count, GIT_OBJECT_BLOB)
                }
            }
        } catch { preconditionFailure("bytes in memory can be hashed: \(error)") }
        return "\(ObjectID(oid)).git"
    }

    private static func place(_ text: String) throws(GitError) -> (host: String?, hasCredentials: Bool) {
        if text.hasPrefix("/") { return (nil, false) }
        guard let separator = text.firstRange(of: "://") else { throw noScheme(text) }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest[authority.endIndex...]
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        switch scheme {
        case "file":
            guard authority.isEmpty, path.hasPrefix("/") else {
                throw malformed(text, "the path after `file://` is not absolute")
            }
            return (nil, false)
        case "http", "https", "git":
            guard !host.isEmpty, path.hasPrefix("/"), path != "/" else {
                throw malformed(text, "it names no repository on a host")
            }
            return (host.lowercased(), host.count < authority.count)
        case "ssh", "git+ssh", "ssh+git": throw overSSH(text)
        default: throw malformed(text, "the scheme `\(scheme)` is none that Git repositories have")
        }
    }

    private static func noScheme(_ text: String) -> GitError {
        let beforeSlash = text.prefix { $0 != "/" }
        if beforeSlash.contains(":") { return overSSH(text) }
        return malformed(text, "it is neither a URL nor an absolute path")
    }

    private static func overSSH(_ text: String) -> GitError {
        malformed(text, "repositories cannot be read over SSH yet")
    }

    private static func malformed(_ text: String, _ why: String) -> GitError {
        GitError(
            .malformed, "read the repository URL `\(withoutCredentials(text))`", message: why,
            hint: "write it as `https://HOST/PATH`, `https://USER:TOKEN@HOST/PATH`, or an absolute path")
    }

    /// Any text with the user and password of the URL in it left out; text without one is unchanged.
    package static func withoutCredentials(_ text: String) -> String {
        guard let separator = text.firstRange(of: "://") else { return text }
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return String(text[..<separator.upperBound] + text[text.index(after: at)...])
    }

    /// An error of a call to this remote: what it means there, and nothing secret in it.
    func explain(_ error: GitError) -> GitError {
        var error = error
        error.message = error.message.replacing(text, with: description)
        switch error.reason {
        case _ where isMissingHere: (error.reason, error.message) = (.notFound, "there is no Git repository")
        case .system where host != nil: error.reason = .network
        case .network where error.message.hasSuffix("status code: 404"): error.reason = .notFound
        case .network where error.message.contains("authentication re"), .network where isRefusal(error):
            error.reason = .authentication
        default: break
        }
        if error.reason == .certificate {
            error.hint = "have the machine trust the authority that signed the server's certificate"
        }
        if error.reason == .authentication {
            error.message =
                hasCredentials
                ? "the server refused the credentials in the URL" : "the server asks for credentials"
            error.hint = "give a user and a token in the URL: `https://USER:TOKEN@HOST/PATH`"
        }
        return error
    }

    /// Of a path that is not there, libgit2 says that its protocol is not supported.
    private var isMissingHere: Bool {
        guard let localPath else { return false }
        do throws(GitError) {
            _ = try Repository(at: localPath)
            return false
        } catch { return error.reason == .notFound }
    }

    private func isRefusal(_ error: GitError) -> Bool {
        error.message.hasSuffix("status code: 401") || error.message.hasSuffix("status code: 403")
    }
}
