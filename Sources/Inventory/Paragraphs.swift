/// Fields by name, in the paragraphs of a control file: Debian's deb822, and the headers of Python's metadata.
struct Paragraphs {
    /// A paragraph's fields by lower-case name; a field's further lines follow its first.
    private(set) var all: [[Substring: Substring]] = []
    /// How many lines were no field.
    private(set) var damaged = 0
    private var current: [Substring: Substring] = [:]
    private var field: Substring?

    /// - Parameter wanted: the lower-case names of the fields to keep.
    init(_ lines: some Sequence<Substring>, keeping wanted: Set<Substring>) {
        for line in lines { read(line, wanted) }
        end()
    }

    private mutating func read(_ line: Substring, _ wanted: Set<Substring>) {
        if line.trimmed.isEmpty { return end() }
        if line.utf8.first?.isBlank == true {
            if let field { current[field]?.append(contentsOf: "\n" + line) }
            return
        }
        field = nil
        guard let (name, value) = line.split(at: UInt8(ascii: ":")) else {
            damaged += 1
            return
        }
        let key = Substring(name.lowercased())
        guard wanted.contains(key), current[key] == nil else { return }
        current[key] = value.trimmed
        field = key
    }

    private mutating func end() {
        if !current.isEmpty { all.append(current) }
        current = [:]
        field = nil
    }
}
