import FoundationEssentials
import GRDB

extension Run {
    init(row: Row) throws {
        self.init(
            id: RunID(number: row["id"]), taskID: row["task"], taskName: row["task_name"],
            taskVersion: row["task_version"], text: row["text"], file: row["file"],
            state: try decode(row["state"], as: RunState.self), message: row["message"],
            created: row["created"],
            notBefore: row["not_before"], started: row["started"], finished: row["finished"],
            attempt: row["attempt"],
            retries: row["retries"], source: row["source"], commit: row["commit_id"], branch: row["branch"],
            context: row["context"])
    }

    static func fetch(_ id: RunID, in db: Database) throws -> Run? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM run WHERE id = ?"), arguments: [id.number]
        ).map(
            Run.init(row:))
    }
}

extension RunStep {
    init(row: Row) throws {
        self.init(position: row["position"], id: row["id"], kind: row["kind"])
        state = try decode(row["state"], as: StepState.self)
        message = row["message"]
        started = row["started"]
        finished = row["finished"]
    }
}

extension Cause {
    init(row: Row) throws {
        let place: String? = row["place"]
        self.init(
            eventID: row["id"], time: row["time"], change: try decodeJSON(row["change"]),
            place: try place.map { try decodeJSON($0) })
    }
}

extension RunBase {
    init(row: Row) throws {
        self.init(
            reference: row["reference"], digest: row["digest"], isRuntime: row["is_runtime"],
            place: try decodeJSON(row["place"]))
    }
}

/// Reads an enumeration's column.
func decode<Value: RawRepresentable<String>>(_ text: String, as type: Value.Type) throws -> Value {
    guard let value = Value(rawValue: text) else { throw RunError.damagedRow("`\(text)` is no \(type)") }
    return value
}

/// Reads a column that holds JSON.
func decodeJSON<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
}

/// Writes a column that holds JSON, the same for the same value.
func encodeJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
