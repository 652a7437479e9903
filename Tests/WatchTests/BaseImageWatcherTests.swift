import Logging
import Synchronization
import Testing

@testable import Watch

/// A registry of one tag, and the daemon's side of a watcher of it.
private final class Desk: Sendable {
    struct Busy: RetryHint, CustomStringConvertible {
        var retryAfter: Duration?
        var description: String { "the registry is busy" }
    }

    private struct State {
        var bases: [WatchedReference]
        var answer: Result<String?, Busy> = .success("sha256:1")
        var looks = 0
        var refusals = 0
    }

    static let reference = "registry.example/base:1"
    private let state: Mutex<State>
    private let moves = AsyncStream.makeStream(of: String.self)
    private let faults = AsyncStream.makeStream(of: String?.self)
    let clock = ManualClock()

    init(known: Set<String>...) {
        state = Mutex(State(bases: known.map { WatchedReference(reference: Self.reference, known: $0) }))
    }

    var looks: Int { state.withLock { $0.looks } }

    func answer(_ answer: Result<String?, Busy>) { state.withLock { $0.answer = answer } }

    func stand(on known: Set<String>...) {
        state.withLock {
            $0.bases = known.map {
                WatchedReference(reference: Self.reference, known: $0, interval: .seconds(60))
            }
        }
    }

    func refuseOnce() { state.withLock { $0.refusals += 1 } }

    func nextMove() async throws -> String { try #require(await moves.stream.first { _ in true }) }

    func nextFault() async throws -> String? { try #require(await faults.stream.first { _ in true }) }

    /// Runs a watcher beside `body`, and ends it; gives the moves that `body` did not ask for.
    @discardableResult
    func watching(_ body: (BaseImageWatcher) async throws -> Void) async throws -> [String] {
        let watcher = BaseImageWatcher(
            settings: BaseImageWatcher.Settings(
                interval: .seconds(60), timing: PollTiming(clock: clock) { 0 }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            calls: BaseImageWatcher.Calls(
                bases: { self.state.withLock { $0.bases } }, resolve: { _ in try self.resolve() },
                moved: { try self.take($1) }, fault: { message, _ in self.faults.continuation.yield(message) }
            ))
        let running = Task { try await watcher.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(watcher)) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        try result.get()
        moves.continuation.finish()
        return await moves.stream.reduce(into: []) { $0.append($1) }
    }

    private func resolve() throws -> String? {
        try state.withLock { state in
            state.looks += 1
            return try state.answer.get()
        }
    }

    private func take(_ digest: String) throws {
        try state.withLock { state in
            guard state.refusals == 0 else {
                state.refusals -= 1
                throw Busy()
            }
        }
        moves.continuation.yield(digest)
    }
}

@Suite("A base image watcher", .timeLimit(.minutes(1))) struct BaseImageWatcherTests {
    @Test func `tells a move once, with one look for all tasks`() async throws {
        let desk = Desk(known: ["sha256:0"], ["sha256:0"], ["sha256:1"])
        let rest = try await desk.watching { _ async throws in
            #expect(try await desk.nextMove() == "sha256:1")
            #expect(try await desk.nextFault() == nil)
            #expect(desk.looks == 1)
            // A look that sees the same, while the tasks are rebuilt; and one that fails, to tell that it
            // ended.
            await desk.clock.moveToNextAlarm()
            await desk.clock.moveToNextAlarm()
            desk.answer(.failure(Desk.Busy()))
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextFault() == "the registry is busy")
            #expect(desk.looks >= 3)
        }
        #expect(rest.isEmpty)
    }

    @Test func `tells no move of what all tasks stand on, or none`() async throws {
        for desk in [Desk(known: ["sha256:1"]), Desk(known: [])] {
            let moves = try await desk.watching { _ async throws in #expect(try await desk.nextFault() == nil)
            }
            #expect(moves.isEmpty)
        }
    }

    @Test func `tells a move again when tasks stand on something else still`() async throws {
        let desk = Desk(known: ["sha256:0"])
        try await desk.watching { watcher async throws in
            #expect(try await desk.nextMove() == "sha256:1")
            #expect(try await desk.nextFault() == nil)
            desk.stand(on: ["sha256:1"], ["sha256:9"])
            watcher.poke(reference: Desk.reference)
            #expect(try await desk.nextMove() == "sha256:1")
            desk.answer(.success("sha256:2"))
            watcher.poke(reference: Desk.reference)
            #expect(try await desk.nextMove() == "sha256:2")
            #expect(desk.clock.now.offset == .zero)
        }
    }

    @Test func `tells a move again that was not taken`() async throws {
        let desk = Desk(known: ["sha256:0"])
        desk.refuseOnce()
        try await desk.watching { _ async throws in
            #expect(try await desk.nextFault() == "the registry is busy")
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextMove() == "sha256:1")
        }
    }

    @Test(arguments: [(nil, 120), (1000, 1000)] as [(Int?, Int)])
    func `leaves a registry alone for as long as that asks`(retryAfter: Int?, wait: Int) async throws {
        let desk = Desk(known: ["sha256:0"])
        desk.answer(.failure(Desk.Busy(retryAfter: retryAfter.map { .seconds($0) })))
        try await desk.watching { _ async throws in
            #expect(try await desk.nextFault() == "the registry is busy")
            desk.answer(.success("sha256:1"))
            await desk.clock.moveToNextAlarm()
            #expect(desk.clock.now.offset == .seconds(wait))
            #expect(try await desk.nextMove() == "sha256:1")
            #expect(try await desk.nextFault() == nil)
        }
    }

    @Test func `says that there is no such image until it comes`() async throws {
        let desk = Desk(known: ["sha256:0"])
        desk.answer(.success(nil))
        try await desk.watching { _ async throws in
            #expect(try await desk.nextFault() == "there is no image `registry.example/base:1`")
            desk.answer(.success("sha256:1"))
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextMove() == "sha256:1")
            #expect(desk.clock.now.offset == .seconds(60))
        }
    }
}
