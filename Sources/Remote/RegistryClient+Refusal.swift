import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// The error that an answer stands for.
    ///
    /// - Parameter credential: the name of the credential that was sent.
    func refusal(_ purpose: Purpose, _ answer: Answer, credential: String?) async -> RegistryError {
        let (reason, message) = Self.reason(of: answer, said: await said(in: answer), credential)
        let isAboutCredentials = reason == .unauthorized || reason == .denied
        var error = RegistryError(
            reason, purpose, message: message,
            hint: isAboutCredentials ? Self.hint(credential, purpose.registry) : nil)
        error.retryAfter = HTTPTime.retryAfter(answer.headers)
        error.status = answer.status.code
        return error
    }

    private static func reason(
        of answer: Answer, said: String, _ credential: String?
    ) -> (RegistryError.Reason, message: String) {
        let who = "`\(answer.address.origin.authority)`"
        let with = credential.map { "with the credentials of \($0)" } ?? "without credentials"
        let plain = "\(who) answered \(answer.status.code) \(answer.status.reasonPhrase)" + said
        switch answer.status {
        case .unauthorized:
            let refused = credential.map { "refused the credentials of \($0)" } ?? "wants credentials"
            return (.unauthorized, "\(who) \(refused)" + said)
        case .forbidden: return (.denied, "\(who) denied it \(with)" + said)
        case .notFound: return (.notFound, plain)
        case .tooManyRequests:
            let pause = HTTPTime.retryAfter(answer.headers)
            let wait = pause.map { "; it asks to wait \($0.components.seconds) seconds" } ?? ""
            return (.throttled(retryAfter: pause), "\(who) has had too many requests \(with)" + said + wait)
        case .requestTimeout: return (.serverError(status: 408), plain)
        default:
            let status = Int(answer.status.code)
            return (status >= 500 ? .serverError(status: status) : .invalid, plain)
        }
    }

    private static func hint(_ credential: String?, _ registry: RegistryHost) -> String {
        credential == nil
            ? "log in with `docker login \(registry)`; a registry may say so too of what it does not have"
            : "check that these credentials are current and allow it"
    }

    /// What the body adds: the errors of the OCI distribution specification ("Error Codes"), or a first line.
    private func said(in answer: Answer) async -> String {
        // An unreadable body only makes the message shorter.
        guard let body = try? await answer.response.body.collect(upTo: 64 << 10), body.readableBytes > 0
        else {
            return ""
        }
        let bytes = Array(body.readableBytesView)
        if let document = try? JSONValue(parsing: bytes) {
            let errors = document.object?["errors"]?.array ?? []
            let texts = errors.compactMap { error -> String? in
                let parts = [error.object?["code"]?.string, error.object?["message"]?.string]
                let text = parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
                return text.isEmpty ? nil : text
            }
            if !texts.isEmpty { return ": " + Self.printable(texts.joined(separator: "; ")) }
            guard let message = (document.object?["message"] ?? document.object?["details"])?.string else {
                return ""
            }
            return ": " + Self.printable(message)
        }
        guard answer.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true else { return "" }
        let line = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
        return ": " + Self.printable(String(line))
    }

    /// One line of bounded length, whatever a server sends.
    private static func printable(_ text: String) -> String {
        let clean = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return clean.count > 300 ? String(clean.prefix(300)) + "…" : String(clean)
    }
}
