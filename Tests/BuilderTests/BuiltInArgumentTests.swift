import Dockerfile
import Foundation
import OCI
import TestSupport
import Testing

@testable import Builder

@Suite("A build argument that the builder knows", .temporaryDirectory) struct BuiltInArgumentTests {
    /// - Parameter epoch: the context's time.
    private func image(
        _ dockerfile: String, _ arguments: [String: String] = [:], epoch: Int64 = 0
    ) async throws -> BuiltImage {
        var options = BuildOptions()
        options.epoch = epoch
        options.buildArguments = arguments
        return try await Workshop().build(dockerfile, options)
    }

    @Test(
        arguments: [
            ("FROM scratch\n", "86400", "1970-01-02T00:00:00Z"),
            ("ARG SOURCE_DATE_EPOCH=86400\nFROM scratch\n", nil, "1970-01-02T00:00:00Z"),
            ("ARG SOURCE_DATE_EPOCH=86400\nFROM scratch\n", "3600", "1970-01-01T01:00:00Z"),
            ("ARG SOURCE_DATE_EPOCH=86400\nFROM scratch\n", "", "1970-01-01T02:00:00Z"),
            ("ARG SOURCE_DATE_EPOCH=context\nFROM scratch\n", nil, "1970-01-01T02:00:00Z"),
        ] as [(String, String?, String)])
    func `sets the time of the image`(dockerfile: String, argument: String?, created: String) async throws {
        let image = try await image(
            dockerfile, argument.map { ["SOURCE_DATE_EPOCH": $0] } ?? [:], epoch: 7200)
        #expect(image.config.created == created)
    }

    @Test func `is a number for those that declare it`() async throws {
        let dockerfile = """
            ARG SOURCE_DATE_EPOCH=context
            FROM scratch
            ARG SOURCE_DATE_EPOCH
            ENV WHEN=$SOURCE_DATE_EPOCH

            """
        #expect(
            try await image(dockerfile, epoch: 7200).config.execution.environment?.contains("WHEN=7200")
                == true)
        #expect(try await image(dockerfile).config.execution.environment?.contains("WHEN=") == true)
    }

    @Test(
        arguments: [
            ("FROM scratch\n", "yesterday", "`SOURCE_DATE_EPOCH` is `yesterday`: expected seconds"),
            ("FROM scratch\n", "-1", "`SOURCE_DATE_EPOCH` is `-1`: expected seconds"),
            ("FROM scratch\n", "999999999999", "`SOURCE_DATE_EPOCH` is `999999999999`: expected seconds"),
            (
                "ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nCOPY a /\nFROM scratch\n", nil,
                "Dockerfile:3:1: a stage that sets `SOURCE_DATE_EPOCH` has one `ADD` of a URL"
            ),
            (
                "ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nFROM scratch\n", nil,
                "Dockerfile:2:6: a stage that sets `SOURCE_DATE_EPOCH` begins with `FROM scratch`"
            ),
            (
                "ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nADD a /\nFROM scratch\n", nil,
                "Dockerfile:2:6: the stage `s` sets no time: its `ADD` names nothing by HTTP(S) or Git"
            ),
        ] as [(String, String?, String)])
    func `is refused where it is no time`(dockerfile: String, argument: String?, message: String) async {
        let error = await #expect(throws: (any Error).self) {
            try await image(dockerfile, argument.map { ["SOURCE_DATE_EPOCH": $0] } ?? [:])
        }
        #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `names the host of a container, and keeps its caches apart`() async throws {
        let workshop = try Workshop.running()
        let dockerfile = """
            FROM busybox
            RUN hostname; cat /etc/hostname
            RUN --mount=type=cache,target=/c ls /c; touch /c/mine

            """
        for name in ["one", "two"] {
            var options = BuildOptions()
            options.buildArguments = [
                "BUILDKIT_SANDBOX_HOSTNAME": name, "BUILDKIT_CACHE_MOUNT_NS": name,
            ]
            try await workshop.build(dockerfile, options)
        }
        #expect(workshop.said == "one\none\ntwo\ntwo\n")
    }
}
