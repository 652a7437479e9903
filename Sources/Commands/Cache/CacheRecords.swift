import Builder
import Terminal

/// One thing that is kept, as programs read it.
struct CacheRecord: Encodable {
    var kind: String
    var name: String
    var size: Int64
    /// Seconds since 1970-01-01 00:00:00 UTC.
    var lastUsed: Int64
    var inUse: Bool

    init(_ item: BuildCache.Item) {
        kind = item.kind.rawValue
        name = item.name
        size = item.size
        lastUsed = item.lastUse / 1_000_000_000
        inUse = item.isInUse
    }
}

struct CacheList: Rendered {
    var items: [CacheRecord]

    func lines(on terminal: Terminal) -> [String] {
        Table(
            [.init("KIND"), .init("NAME", minimumWidth: 20), .init("SIZE", isNumber: true), .init("IN USE")],
            rows: items.map { item in
                [
                    Cell(item.kind), Cell(item.name), Cell(Quantity.size(bytes: item.size)),
                    Cell(item.inUse ? "yes" : "no"),
                ]
            }
        ).lines(on: terminal)
    }
}

/// How much is kept, by kind.
struct CacheSummary: Rendered {
    struct Kind: Encodable {
        var kind: String
        var count: Int
        var size: Int64
    }

    var kinds: [Kind]
    var size: Int64

    init(_ items: [BuildCache.Item]) {
        kinds = BuildCache.Item.Kind.allCases.map { kind in
            let those = items.filter { $0.kind == kind }
            return Kind(kind: kind.rawValue, count: those.count, size: those.reduce(0) { $0 + $1.size })
        }
        size = items.reduce(0) { $0 + $1.size }
    }

    func lines(on terminal: Terminal) -> [String] {
        let rows = kinds.map { kind in
            [Cell(kind.kind), Cell(String(kind.count)), Cell(Quantity.size(bytes: kind.size))]
        }
        let table = Table(
            [.init("KIND"), .init("COUNT", isNumber: true), .init("SIZE", isNumber: true)], rows: rows)
        return table.lines(on: terminal) + ["", "\(Quantity.size(bytes: size)) in all"]
    }
}

struct CachePruned: Rendered {
    var count: Int
    var bytes: Int64

    func lines(on terminal: Terminal) -> [String] {
        ["removed \(count) \(count == 1 ? "thing" : "things"), \(Quantity.size(bytes: bytes))"]
    }
}
