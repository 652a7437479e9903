import CLibcrypto
package import OCI

/// A running SHA-256 or SHA-512 over bytes that come in pieces, by libcrypto's EVP.
package struct DigestHasher: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: Digest.Algorithm

    /// Starts a hash. Throws ``CryptoError`` when libcrypto cannot (no memory, a provider that forbids it).
    package init(_ algorithm: Digest.Algorithm = .sha256) throws(CryptoError) {
        guard let context = EVP_MD_CTX_new() else { throw CryptoError("start a hash") }
        let method = algorithm == .sha256 ? EVP_sha256() : EVP_sha512()
        guard EVP_DigestInit_ex(context, method, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw CryptoError("start a hash")
        }
        self.context = context
        self.algorithm = algorithm
    }

    deinit { EVP_MD_CTX_free(context) }

    private init(copying other: borrowing DigestHasher) {
        guard let context = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(context, other.context) == 1 else {
            preconditionFailure("libcrypto has no memory for a hash")
        }
        self.context = context
        algorithm = other.algorithm
    }

    /// The same hash of the same bytes so far, to go on or finish on its own.
    package func copy() -> DigestHasher { DigestHasher(copying: self) }

    package mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        // EVP_DigestUpdate fails only on a context that was never started or is finished.
        let status = EVP_DigestUpdate(context, base, bytes.count)
        precondition(status == 1, "a hash that was started can be updated")
    }

    /// The digest of all bytes so far; the hash ends with it.
    package consuming func finish() -> Digest {
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        let status = EVP_DigestFinal_ex(context, &hash, &length)
        precondition(status == 1, "a hash that was started can be finished")
        do { return try Digest(algorithm, hash: Array(hash.prefix(Int(length)))) } catch {
            preconditionFailure("libcrypto gave a hash of \(length) bytes")
        }
    }
}

extension Digest {
    /// The digest of bytes in memory.
    package init(of bytes: [UInt8], _ algorithm: Algorithm = .sha256) throws(CryptoError) {
        var hasher = try DigestHasher(algorithm)
        bytes.withUnsafeBytes { hasher.update($0) }
        self = hasher.finish()
    }
}
