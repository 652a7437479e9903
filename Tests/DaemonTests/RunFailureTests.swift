import GRDB
import Git
import Runs
import Testing

@testable import Daemon

@Suite("The failure of a run") struct RunFailureTests {
    private struct Surprise: Error, CustomStringConvertible {
        let description = "nobody thought of this"
    }

    @Test(arguments: [
        (
            GitError(.network, "fetch from `x`", message: "no route") as any Error,
            RunFailure.unreachable("could not fetch from `x`: no route")
        ),
        (
            GitError(.notFound, "find `mian`", message: "no such branch", hint: "did you mean `main`?"),
            .failed("could not find `mian`: no such branch (did you mean `main`?)")
        ),
        (
            DatabaseError(resultCode: .SQLITE_FULL, message: "disk is full"),
            .unreachable("could not write to the database: disk is full")
        ),
        (TimeLimitError(what: "the run", seconds: 3), .timedOut("the run took longer than 3 seconds")),
        (RunFailure.failed("as it is"), .failed("as it is")),
        (Surprise(), .errored("nobody thought of this")),
    ])
    func `is the user's, the world's or ours`(error: any Error, expected: RunFailure) {
        #expect(RunFailure(classifying: error) == expected)
    }
}

@Suite("A time limit") struct TimeLimitTests {
    private struct Refusal: Error, Equatable {}

    @Test func `is none for what is done in time`() async throws {
        #expect(try await withTimeLimit(seconds: 60, "the step") { 7 } == 7)
        await #expect(throws: Refusal.self) {
            try await withTimeLimit(seconds: 60, "the step") { throw Refusal() }
        }
    }

    @Test func `cancels what takes longer`() async {
        let error = await #expect(throws: TimeLimitError.self) {
            try await withTimeLimit(seconds: 0, "the step") { try await Task.sleep(for: .seconds(3600)) }
        }
        #expect(error?.description == "the step took longer than 0 seconds")
    }
}
