import Cryptography
import OCI

/// Everything that decides what a `RUN` instruction does, by name, in the order in which a difference is told.
///
/// Two instructions of equal inputs make the same layer as far as a builder can know: what the network, the clock and
/// chance bring in is not seen, as with BuildKit. A secret is an input by its name alone.
struct RunInputs: Hashable, Sendable {
    struct Input: Hashable, Sendable {
        var name: String
        var value: String
    }

    private(set) var list: [Input] = []

    mutating func add(_ name: String, _ value: String) { list.append(Input(name: name, value: value)) }

    mutating func add(_ name: String, _ values: [String]) {
        // The count makes no two lists the same text.
        add(name, "\(values.count)\n" + values.joined(separator: "\n"))
    }

    /// The name under which the layer is found again.
    func key() throws(CryptoError) -> Digest {
        var hasher = try DigestHasher()
        for input in list {
            for text in [input.name, input.value] {
                let bytes = Array("\(text.utf8.count):\(text)".utf8)
                hasher.update(bytes.span.bytes)
            }
        }
        return hasher.finish()
    }
}
