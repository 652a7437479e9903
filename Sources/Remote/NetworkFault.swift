import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Turns what the HTTP client throws into words.
enum NetworkFault {
    /// The error to throw, or `nil` where the network is not at fault: a streamed body's own error goes through.
    static func explain(_ error: any Error, _ purpose: Purpose, _ origin: Origin) -> RegistryError? {
        guard let (message, hint) = words(for: error, origin) else { return nil }
        return RegistryError(.unreachable, purpose, message: message, hint: hint)
    }

    /// What to tell of an error, and what to do; `nil` where the network is not at fault.
    static func words(for error: any Error, _ origin: Origin) -> (String, hint: String?)? {
        let host = "`\(origin.authority)`"
        switch error {
        case let error as NIOConnectionError: return connection(error, origin)
        case let error as IOError: return system(error, origin)
        case let error as HTTPClientError: return client(error, host)
        case let error as HTTPParserError: return ("\(host) does not speak HTTP: \(error)", nil)
        case is ChannelError, is NIOTooManyBytesError: return ("the connection to \(host) broke", nil)
        default:
            // The TLS library's errors are known by their module alone: this room does not import it.
            guard String(reflecting: type(of: error)).hasPrefix("NIOSSL.") else { return nil }
            return tls("\(error)", host)
        }
    }

    private static func connection(_ error: NIOConnectionError, _ origin: Origin) -> (String, hint: String?) {
        let host = "`\(origin.authority)`"
        guard let first = error.connectionErrors.first?.error else {
            return (
                "the name `\(error.host)` was not found", "check the registry's name and the machine's DNS"
            )
        }
        if let first = first as? IOError { return system(first, origin) }
        if case .connectTimeout = first as? ChannelError {
            return ("`\(origin.authority)` did not take the connection in time", nil)
        }
        return ("no connection to \(host): \(first)", nil)
    }

    private static func system(_ error: IOError, _ origin: Origin) -> (String, hint: String?) {
        let host = "`\(origin.authority)`"
        let reason = String(cString: strerror(error.errnoCode))
        let isNeverMade = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode)
        guard isNeverMade else { return ("the connection to \(host) broke: \(reason)", nil) }
        return ("no connection to \(host): \(reason)", "check that the registry runs at \(origin)")
    }

    private static func client(_ error: HTTPClientError, _ host: String) -> (String, hint: String?) {
        switch error {
        case .connectTimeout: ("\(host) did not take the connection in time", nil)
        case .tlsHandshakeTimeout: ("\(host) did not finish the TLS handshake in time", nil)
        case .readTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout:
            ("\(host) did not answer in time", nil)
        case .writeTimeout: ("\(host) stopped taking what is sent to it", nil)
        case .remoteConnectionClosed, .uncleanShutdown: ("\(host) closed the connection early", nil)
        default: ("the request to \(host) failed: \(error.shortDescription)", nil)
        }
    }

    private static func tls(_ text: String, _ host: String) -> (String, hint: String?) {
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return (
                "\(host) does not speak TLS",
                "name the registry among those spoken to in plain HTTP, if it is meant to be one"
            )
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
            return (
                "the certificate of \(host) is not trusted here",
                "add the registry's certificate authority to the machine's"
            )
        }
        return ("TLS with \(host) failed: \(text)", nil)
    }
}
