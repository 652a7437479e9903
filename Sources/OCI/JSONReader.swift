/// Why a document is not the OCI document that it should be.
package enum DocumentError: Error, Equatable, CustomStringConvertible {
    case malformedJSON(String)
    /// The field named by `path` has a value of the wrong kind or form.
    case unexpected(path: String, expected: String, found: String)
    case missing(path: String, expected: String)

    package var description: String {
        switch self {
        case .malformedJSON(let why): "the document is not JSON: \(why)"
        case .unexpected(let path, let expected, let found):
            "the document's field `\(path)` should be \(expected), and is \(found)"
        case .missing(let path, let expected):
            "the document lacks the field `\(path)`, which should be \(expected)"
        }
    }
}

/// Takes known fields out of a JSON object by name; what nobody took is ``rest``.
struct JSONReader {
    private(set) var rest: [String: JSONValue]
    private let path: String

    init(_ value: JSONValue, path: String) throws(DocumentError) {
        guard case .object(let members) = value else {
            throw .unexpected(path: path, expected: "an object", found: value.typeName)
        }
        self.rest = members
        self.path = path
    }

    private func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Takes a field away; a JSON `null` counts as absent, as in Go's decoders.
    mutating func take(_ key: String) -> JSONValue? {
        guard let value = rest.removeValue(forKey: key), value != .null else { return nil }
        return value
    }

    private mutating func take<Value>(
        _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(DocumentError) -> Value? {
        guard let value = take(key) else { return nil }
        guard let converted = convert(value) else {
            throw .unexpected(path: path(to: key), expected: expected, found: value.typeName)
        }
        return converted
    }

    mutating func string(_ key: String) throws(DocumentError) -> String? {
        try take(key, "a string") { $0.string }
    }

    mutating func integer(_ key: String) throws(DocumentError) -> Int64? {
        try take(key, "an integer") { $0.integer }
    }

    mutating func strings(_ key: String) throws(DocumentError) -> [String]? {
        try take(key, "an array of strings") { value in
            guard let array = value.array else { return nil }
            let strings = array.compactMap(\.string)
            return strings.count == array.count ? strings : nil
        }
    }

    mutating func stringMap(_ key: String) throws(DocumentError) -> [String: String]? {
        try take(key, "an object of strings") { value in
            guard let object = value.object else { return nil }
            let strings = object.compactMapValues(\.string)
            return strings.count == object.count ? strings : nil
        }
    }

    mutating func keys(_ key: String) throws(DocumentError) -> [String]? {
        try take(key, "an object") { $0.object.map { $0.keys.sorted() } }
    }

    mutating func bool(_ key: String) throws(DocumentError) -> Bool? {
        try take(key, "a boolean") { if case .bool(let value) = $0 { value } else { nil } }
    }

    mutating func value<Value>(
        _ key: String, _ make: (JSONValue, _ path: String) throws(DocumentError) -> Value
    ) throws(DocumentError) -> Value? {
        guard let value = take(key) else { return nil }
        return try make(value, path(to: key))
    }

    mutating func values<Value>(
        _ key: String, _ make: (JSONValue, _ path: String) throws(DocumentError) -> Value
    ) throws(DocumentError) -> [Value]? {
        guard let array = try take(key, "an array", { $0.array }) else { return nil }
        var values: [Value] = []
        for (index, element) in array.enumerated() {
            values.append(try make(element, "\(path(to: key))[\(index)]"))
        }
        return values
    }

    func missing(_ key: String, _ expected: String) -> DocumentError {
        .missing(path: path(to: key), expected: expected)
    }
}

extension [String: JSONValue] {
    /// Sets a field where it has a value, and leaves it out where it has none.
    mutating func set(_ key: String, _ value: String?) { if let value { self[key] = .string(value) } }
    mutating func set(_ key: String, _ value: Int64?) { if let value { self[key] = .integer(value) } }
    mutating func set(_ key: String, _ value: [String]?) {
        if let value { self[key] = .array(value.map(JSONValue.string)) }
    }
    mutating func set(_ key: String, _ value: [String: String]?) {
        if let value, !value.isEmpty { self[key] = .object(value.mapValues(JSONValue.string)) }
    }
    /// Writes a set the way Go does: an object with empty values.
    mutating func set(_ key: String, keys: [String]?) {
        guard let keys, !keys.isEmpty else { return }
        self[key] = .object(.init(uniqueKeysWithValues: Set(keys).map { ($0, JSONValue.object([:])) }))
    }
}
