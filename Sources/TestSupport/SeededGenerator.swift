/// A repeatable source of randomness (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// That many bytes, or fewer, of any value.
    public mutating func noise(upTo count: Int) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// The bytes with a few changes: some removed, doubled or replaced, and some of `pieces` put in.
    public mutating func mutated(_ bytes: [UInt8], with pieces: [String] = []) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &self) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &self)
            let end = min(bytes.count, start + Int.random(in: 1...8, using: &self))
            let place = Int.random(in: 0...bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: place)
            case 2: bytes[start] = UInt8.random(in: 0...255, using: &self)
            case 3: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            default: bytes.insert(contentsOf: (pieces.randomElement(using: &self) ?? "").utf8, at: place)
            }
        }
        return bytes
    }
}
