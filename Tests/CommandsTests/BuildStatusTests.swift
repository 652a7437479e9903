import ControlAPI
import HTTPTypes
import TestSupport
import Testing

@testable import Commands

@Suite("A build's exit status", .temporaryDirectory) struct BuildStatusTests {
    @Test(
        arguments: [
            (.notFound, 1), (.badRequest, 1), (.contentTooLarge, 1), (.conflict, 1),
            (.internalServerError, 1),
        ] as [(HTTPResponse.Status, Int32)])
    func `is 1 where the daemon refuses it`(answer: HTTPResponse.Status, status: Int32) async throws {
        let daemon = FakeDaemon { _ in .json(answer, FailureRecord(message: "no")) }
        let result = try await BuildTests.build([], daemon)
        #expect(result.status == status && result.said == ["error: no"])
    }

    @Test(arguments: [["--tag"], ["--nonsense"], ["--load"], ["--label", "x"], ["a", "b"]])
    func `is 2 where the command line is wrong`(words: [String]) async {
        let result = await execute(["build", "."] + words)
        #expect(result.status == 2 && result.output.isEmpty, "\(result.said)")
    }

    @Test func `is 3 where the daemon that was named is not there`() async throws {
        let directory = try TemporaryDirectory.required
        try directory.write("FROM scratch\n", to: "in/Dockerfile")
        let result = await execute(["build", "--data", directory.path, directory.path("in")])
        #expect(result.status == 3, "\(result.said)")
    }

    @Test func `is not that of other commands`() {
        #expect(
            Commands.ExitStatus.notFound.ofBuild == .failed && Commands.ExitStatus.refused.ofBuild == .failed)
        for status: Commands.ExitStatus in [.succeeded, .failed, .usage, .unreachable] {
            #expect(status.ofBuild == status)
        }
    }
}
