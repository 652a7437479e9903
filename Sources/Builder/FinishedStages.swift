import Synchronization

/// The stages of a build that are done; whoever needs another one waits here for it.
final class FinishedStages: Sendable {
    private typealias Waiter = (id: Int, continuation: CheckedContinuation<StageState, any Error>)

    private struct State {
        var stages: [Int: StageState] = [:]
        var waiting: [Int: [Waiter]] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    func add(_ stage: StageState, at index: Int) {
        let waiting = state.withLock { state in
            state.stages[index] = stage
            return state.waiting.removeValue(forKey: index) ?? []
        }
        for waiter in waiting { waiter.continuation.resume(returning: stage) }
    }

    /// The stage, as soon as it is done. Throws `CancellationError` when the task is canceled before: a stage that
    /// fails cancels those who wait for it.
    func stage(_ index: Int) async throws -> StageState {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<StageState, any Error>? = state.withLock { state in
                    if let stage = state.stages[index] { return .success(stage) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[index, default: []].append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            cancel(id, at: index)
        }
    }

    private func cancel(_ id: Int, at index: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let place = state.waiting[index]?.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting[index]?.remove(at: place)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
