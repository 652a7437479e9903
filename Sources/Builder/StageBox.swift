import Synchronization

/// A stage that is being built, changed in place by one instruction after the other.
final class StageBox: Sendable {
    private let stage: Mutex<StageState>

    init(_ stage: StageState) { self.stage = Mutex(stage) }

    var value: StageState { stage.withLock { $0 } }

    /// Works on the stage itself: its tree is not copied.
    func update<Value: Sendable>(_ body: (inout StageState) throws -> Value) rethrows -> Value {
        // The lock hands out what it guards as a value of its region; the result is free of it.
        try stage.withLock { stage in try body(&stage) }
    }
}
