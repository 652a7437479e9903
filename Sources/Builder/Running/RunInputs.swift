import Cryptography
import OCI

/// Everything that decides what a step does, by name, in the order in which a difference is told.
///
/// Two steps of equal inputs make the same layer as far as a builder can know: what the network, the clock and chance
/// bring into a `RUN` is not seen, as with BuildKit. A secret is an input by its name alone. Values are held as digests.
struct RunInputs: Hashable, Sendable {
    struct Input: Hashable, Sendable {
        /// One line, as it is told: `the command`.
        var name: String
        /// The start of a digest.
        var value: String
    }

    private(set) var list: [Input] = []

    mutating func add(_ name: String, _ value: String) throws(CryptoError) {
        add(digested: name, try Digest(of: Array(value.utf8)).hex)
    }

    mutating func add(_ name: String, _ values: [String]) throws(CryptoError) {
        // The count and the lengths make no two lists the same text.
        try add(name, "\(values.count)" + values.map { "\n\($0.utf8.count):\($0)" }.joined())
    }

    /// Adds a value whose digest is known.
    mutating func add(digested name: String, _ value: String) {
        list.append(Input(name: name.split(whereSeparator: \.isNewline).joined(separator: " "), value: value))
    }

    /// The name under which the layer is found again.
    func key() throws(CryptoError) -> Digest {
        try Digest(of: Array(list.map { "\($0.name.utf8.count):\($0.name) \($0.value)\n" }.joined().utf8))
    }

    /// What is different from the last time: the first such input, and whether it is new or gone.
    func firstDifference(from before: RunInputs) -> String? {
        let known = Dictionary(before.list.map { ($0.name, $0.value) }) { first, _ in first }
        for input in list where known[input.name] != input.value {
            return known[input.name] == nil ? "\(input.name) is new" : "\(input.name) is another"
        }
        let names = Set(list.map(\.name))
        return before.list.first { !names.contains($0.name) }.map { "\($0.name) is gone" }
    }
}
