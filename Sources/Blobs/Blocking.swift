import Dispatch
import Synchronization

/// Whether the caller has given up; asked between two pieces.
package typealias CancellationQuestion = @Sendable () -> Bool

/// Runs work that blocks on a thread of its own, off the cooperative pool.
///
/// - Parameter work: is given a question that it asks now and then: whether the caller was canceled.
package func blocking<Value: Sendable>(
    _ work: @escaping @Sendable (_ isCanceled: @escaping CancellationQuestion) throws -> Value
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

private let blockingQueue = DispatchQueue(label: "slipway.blocking", attributes: .concurrent)

private final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
