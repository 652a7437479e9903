import ControlAPI
import Foundation
import Testing

@Suite("The control API's records") struct ControlAPITests {
    @Test func `survive a round trip through JSON`() throws {
        var run = RunRecord(
            id: "r1", task: "app", taskVersion: 2, state: "running", created: "2026-01-31T12:00:00Z",
            attempt: 1)
        run.triggers = ["head"]
        let detail = RunDetail(
            run: run,
            causes: [CauseRecord(event: 1, time: run.created, kind: "head", summary: "first sight")],
            steps: [StepRecord(id: "build", kind: "build", state: "running")],
            bases: [
                BaseRecord(
                    reference: "docker.io/library/busybox:1", digest: "sha256:00", isRuntime: true,
                    file: "Dockerfile", line: 1, instruction: "FROM")
            ], outputs: [OutputRecord(reference: "127.0.0.1:5000/app:r1", digest: "sha256:11")])
        let bytes = try JSONEncoder().encode(detail)
        #expect(try JSONDecoder().decode(RunDetail.self, from: bytes) == detail)
    }

    @Test(arguments: [
        ("queued", false), ("running", false), ("succeeded", true), ("failed", true), ("canceled", true),
        ("timedOut", true), ("errored", true), ("skipped", true),
    ])
    func `tell whether a run is over`(state: String, isFinal: Bool) {
        let run = RunRecord(
            id: "r1", task: "app", taskVersion: 1, state: state, created: "2026-01-31T12:00:00Z", attempt: 1)
        #expect(run.isFinal == isFinal)
    }
}
