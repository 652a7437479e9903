import CLibisal

extension Compression {
    /// What a chunk was before it was compressed.
    ///
    /// Returns `nil` where the bytes are not those that this kind of compression made of the chunk: both are checked
    /// against their checksums, as damage may hide where it does not matter for what is inflated.
    package func raw(_ compressed: [UInt8], of chunk: CompressedChunk) -> [UInt8]? {
        guard compressed.count == chunk.length, (0...ChunkCutter.maximum).contains(chunk.rawLength),
            Checksum(of: compressed).value == chunk.checksum
        else { return nil }
        let raw: [UInt8]
        switch self {
        case .none: raw = compressed
        case .gzip: raw = inflate(compressed, length: chunk.rawLength)
        case .zstd: return nil
        }
        return raw.count == chunk.rawLength && Checksum(of: raw).value == chunk.rawChecksum ? raw : nil
    }
}

/// What is in a part of a deflate stream that needs nothing of the parts before; at most `length` bytes of it.
private func inflate(_ compressed: [UInt8], length: Int) -> [UInt8] {
    compressed.withUnsafeBufferPointer { input in
        withUnsafeTemporaryAllocation(of: inflate_state.self, capacity: 1) { place in
            guard let state = place.baseAddress else { return [] }
            isal_inflate_init(state)
            // ISA-L reads its input only, but its header does not say `const`.
            state.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            state.pointee.avail_in = UInt32(input.count)
            return [UInt8](unsafeUninitializedCapacity: length) { output, count in
                state.pointee.next_out = output.baseAddress
                state.pointee.avail_out = UInt32(length)
                // The answer does not matter: a part has no end of its own, and the checksum tells damage.
                isal_inflate_stateless(state)
                count = length - Int(state.pointee.avail_out)
            }
        }
    }
}
