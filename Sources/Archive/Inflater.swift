import CLibisal

/// Reads gzip data of one or more members with ISA-L, in constant memory; checksums are verified.
package struct Inflater: ~Copyable {
    private let state: UnsafeMutablePointer<inflate_state>
    private let source: () throws -> [UInt8]
    private var input: [UInt8] = []
    private var position = 0
    private var isAtMemberStart = true
    private static let outputSize = 256 << 10

    /// - Parameter source: gives the next compressed bytes, and none at the end.
    package init(_ source: @escaping () throws -> [UInt8]) {
        self.source = source
        state = .allocate(capacity: 1)
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
    }

    deinit { state.deallocate() }

    /// The next uncompressed bytes, and none at the end.
    ///
    /// Throws ``ArchiveError`` when the data is not gzip, is damaged, or ends early, and what the source throws.
    package mutating func next() throws -> [UInt8] {
        while true {
            if position == input.count {
                input = try source()
                position = 0
                if input.isEmpty {
                    guard isAtMemberStart else {
                        throw ArchiveError("decompress", message: "the gzip data ends early")
                    }
                    return []
                }
            }
            let output = try inflate()
            if !output.isEmpty { return output }
        }
    }

    private mutating func inflate() throws(ArchiveError) -> [UInt8] {
        isAtMemberStart = false
        var status: Int32 = 0
        let available = input.count - position
        let output = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Self.outputSize) { output, count in
                // ISA-L reads its input only, but its header does not say `const`.
                state.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress.map { $0 + position })
                state.pointee.avail_in = UInt32(available)
                state.pointee.next_out = output.baseAddress
                state.pointee.avail_out = UInt32(Self.outputSize)
                status = isal_inflate(state)
                count = Self.outputSize - Int(state.pointee.avail_out)
            }
        }
        // Bytes that ISA-L took into its bit buffer behind the member's end belong to the next member.
        position = input.count - Int(state.pointee.avail_in)
        guard status == ISAL_DECOMP_OK || status == ISAL_END_INPUT else {
            throw ArchiveError("decompress", message: "the gzip data is damaged (ISA-L answered \(status))")
        }
        if state.pointee.block_state == ISAL_BLOCK_FINISH { startNextMember() }
        return output
    }

    private mutating func startNextMember() {
        isal_inflate_reset(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
        isAtMemberStart = true
    }
}
