/// `HEALTHCHECK`.
package enum Healthcheck: Hashable, Sendable {
    /// `HEALTHCHECK NONE`: the base image's check is off.
    case none
    case command(CommandLine, Timing)

    /// Times are in nanoseconds; zero, here and in an image, means Docker's default.
    package struct Timing: Hashable, Sendable {
        package var interval: Int64 = 0
        package var timeout: Int64 = 0
        package var startPeriod: Int64 = 0
        package var startInterval: Int64 = 0
        package var retries: Int64 = 0

        package init() {}
    }

    init(_ statement: Statement) throws(DockerfileError) {
        let (kind, command) = statement.rest.splitAtSpace
        switch kind.text.uppercased() {
        case "": throw statement.error("`HEALTHCHECK` needs `CMD` or `NONE`, and has neither")
        case "NONE":
            guard command.isEmpty else { throw command.error("nothing can follow `HEALTHCHECK NONE`") }
            self = .none
        case "CMD":
            let timing = try Timing(statement)
            self = .command(try Self.command(command, kind), timing)
        default:
            throw kind.error("`\(kind.text.excerpt)` cannot follow `HEALTHCHECK`: expected `CMD` or `NONE`")
        }
    }

    private static func command(_ slice: LineSlice, _ kind: LineSlice) throws(DockerfileError) -> CommandLine
    {
        switch slice.jsonStrings {
        case .strings(let words) where !words.isEmpty: return .exec(words.map(\.text))
        case .notAString(let element):
            throw element.error(
                "in a JSON array everything should be a string in double quotes, and `\(element.text.excerpt)` is not"
            )
        case .notJSON where !slice.isEmpty: return .shell(slice.text)
        default: throw kind.error("`HEALTHCHECK CMD` needs a command, and has none")
        }
    }
}

extension Healthcheck.Timing {
    init(_ statement: Statement) throws(DockerfileError) {
        let flags = try Flags(
            statement,
            [
                "interval": .text, "timeout": .text, "start-period": .text, "start-interval": .text,
                "retries": .text,
            ])
        interval = try Self.time(flags.text("interval"), "interval")
        timeout = try Self.time(flags.text("timeout"), "timeout")
        startPeriod = try Self.time(flags.text("start-period"), "start-period")
        startInterval = try Self.time(flags.text("start-interval"), "start-interval")
        if let word = flags.text("retries"), !word.text.isEmpty {
            guard let retries = Int32(word.text), retries >= 0 else {
                throw word.error(
                    "`--retries` is `\(word.text.excerpt)`: expected a whole number, not negative")
            }
            self.retries = Int64(retries)
        }
    }

    private static func time(_ word: Word?, _ flag: String) throws(DockerfileError) -> Int64 {
        guard let word, !word.text.isEmpty else { return 0 }
        guard let time = nanoseconds(word.text) else {
            throw word.error(
                "`--\(flag)` is `\(word.text.excerpt)`: expected a time such as `30s` or `1m30s`")
        }
        guard time == 0 || time >= 1_000_000 else {
            throw word.error("`--\(flag)` is `\(word.text.excerpt)`: it should be at least one millisecond")
        }
        return time
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
        "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    /// Reads what Go's `time.ParseDuration` does: numbers with units, one after the other, perhaps a sign before.
    static func nanoseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest[unit.endIndex...]
            guard let size = units[String(unit)], let part = product(number, size) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return isNegative ? -total : total
    }

    /// A decimal number times a unit; digits that make less than a nanosecond are dropped.
    private static func product(_ number: Substring, _ size: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, number.contains(where: { $0 != "." }) else { return nil }
        guard let whole = parts[0].isEmpty ? 0 : Int64(parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: size)
        guard !overflow else { return nil }
        guard parts.count == 2, let fraction = Double("0." + parts[1]) else { return product }
        let (sum, tooMuch) = product.addingReportingOverflow(Int64(fraction * Double(size)))
        return tooMuch ? nil : sum
    }
}

extension LineSlice {
    /// The first word, and the rest behind the white space after it.
    fileprivate var splitAtSpace: (head: LineSlice, tail: LineSlice) {
        let end = scalars.firstIndex(where: \.isSpace) ?? bounds.upperBound
        return (slice(bounds.lowerBound..<end), slice(end..<bounds.upperBound).trimmed)
    }
}
