import ArgumentParser

/// A number of bytes with Docker's units, all of them powers of 1024: `512m`, `1.5g`.
struct ByteSize: Hashable, Sendable, ExpressibleByArgument {
    let bytes: Int64

    init(bytes: Int64) { self.bytes = bytes }

    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { "\(bytes >> 30)g" }

    init?(_ text: String) {
        var text = text.lowercased()
        if text.hasSuffix("b") { text.removeLast() }
        if text.hasSuffix("i") { text.removeLast() }
        var factor = 1.0
        if let unit = text.last, let power = ["k", "m", "g", "t"].firstIndex(of: String(unit)) {
            for _ in 0...power { factor *= 1024 }
            text.removeLast()
        }
        guard text.first?.isNumber == true, let number = Double(text),
            let bytes = Int64(exactly: (number * factor).rounded(.down))
        else { return nil }
        self.bytes = bytes
    }
}
