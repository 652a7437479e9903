import CLibcrypto

/// What libcrypto reported, in its own words.
package struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, as a verb phrase.
    package let operation: String
    package let message: String

    /// Takes the calling thread's last libcrypto error away.
    init(_ operation: String) {
        self.operation = operation
        let code = ERR_get_error()
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        message = code == 0 ? "no reason given" : String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { "could not \(operation): \(message)" }
}
