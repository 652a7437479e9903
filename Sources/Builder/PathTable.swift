/// Large values by path.
///
/// The values stand in an array, and the table of paths is small: it grows without moving them about, and its empty
/// places cost next to nothing.
struct PathTable<Value: Sendable>: Sendable {
    private var places: [PathKey: Int] = [:]
    /// A value that was removed leaves a hole.
    private var values: [Value?] = []

    var count: Int { places.count }
    var keys: Dictionary<PathKey, Int>.Keys { places.keys }

    mutating func reserveCapacity(_ count: Int) {
        places.reserveCapacity(count)
        values.reserveCapacity(count)
    }

    subscript(key: PathKey) -> Value? {
        get { places[key].flatMap { values[$0] } }
        set {
            if let newValue { updateValue(newValue, forKey: key) } else { removeValue(forKey: key) }
        }
    }

    /// Returns what stood there before.
    @discardableResult
    mutating func updateValue(_ value: Value, forKey key: PathKey) -> Value? {
        if let place = places[key] {
            let before = values[place]
            values[place] = value
            return before
        }
        places[key] = values.count
        values.append(value)
        return nil
    }

    /// Returns what stood there before.
    @discardableResult
    mutating func removeValue(forKey key: PathKey) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        let before = values[place]
        values[place] = nil
        return before
    }
}
