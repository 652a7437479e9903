import Dispatch
import Synchronization

/// Runs work that blocks on a thread of its own, off the cooperative pool.
///
/// - Parameter work: is given a question that it asks now and then: whether the caller was canceled.
func blocking<Value: Sendable>(
    _ work: @escaping @Sendable (_ isCanceled: @escaping @Sendable () -> Bool) throws -> Value
) async throws -> Value {
    let flag = CancellationFlag()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            blockingQueue.async {
                continuation.resume(with: Result { try work { flag.isSet } })
            }
        }
    } onCancel: {
        flag.set()
    }
}

private let blockingQueue = DispatchQueue(label: "slipway.build", attributes: .concurrent)

private final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
