import Spelling

/// The `--name=value` words of an instruction, checked against those that it knows.
struct Flags {
    enum Kind {
        /// `--name` or `--name=true` or `--name=false`.
        case bool
        case text
        /// Can be there many times.
        case texts
    }

    private var values: [String: [Word]] = [:]
    private var bools: [String: Bool] = [:]

    init(_ statement: Statement, _ known: [String: Kind]) throws(DockerfileError) {
        for flag in statement.flags {
            let (name, value) = String(flag.text.unicodeScalars.dropFirst(2)).splitAtEquals
            guard let kind = known[name] else {
                throw Self.unknown(name, flag, statement.keyword, known.keys)
            }
            if kind != .texts, values[name] != nil || bools[name] != nil {
                throw flag.error("the flag `--\(name)` is there more than once")
            }
            switch kind {
            case .bool: bools[name] = try Self.bool(value, name, flag)
            case .text, .texts:
                guard let value else {
                    throw flag.error(
                        "the flag `--\(name)` has no value", hint: "write `--\(name)=VALUE`, with `=`")
                }
                values[name, default: []].append(Word(value, flag.range))
            }
        }
    }

    func text(_ name: String) -> Word? { values[name]?.first }
    func texts(_ name: String) -> [Word] { values[name] ?? [] }
    func bool(_ name: String) -> Bool? { bools[name] }

    private static func bool(_ value: String?, _ name: String, _ flag: Word) throws(DockerfileError) -> Bool {
        switch value?.lowercased() {
        case nil, "true": return true
        case "false": return false
        case "": throw flag.error("the flag `--\(name)` has no value", hint: "leave out the `=`")
        case let value?:
            throw flag.error("the flag `--\(name)` is `\(value.excerpt)`: expected `true` or `false`")
        }
    }

    private static func unknown(
        _ name: String, _ flag: Word, _ keyword: Keyword, _ known: some Sequence<String>
    ) -> DockerfileError {
        let near = Spelling.nearest(to: name, among: known)
        return flag.error(
            "`\(keyword.rawValue)` has no flag `--\(name.excerpt)`",
            hint: near.map { "did you mean `--\($0)`?" })
    }
}
