import Foundation

/// Does something on a thread that is made for it and ends with it: one that changes its view of the system must not be
/// used by anybody else.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
