import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("The program", .temporaryDirectory) struct BinaryTests {
    /// `slipway` beside the test bundle: SwiftPM builds both into one directory.
    static func path() throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: bundle).deletingLastPathComponent().appending(path: "slipway").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "there is no program at \(path)")
        return path
    }

    @Test func `refuses what is no command line on standard error`() throws {
        let result = try run(try Self.path(), ["run", "lst"])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("error: unexpected argument `lst`"), "\(result.errors)")
        #expect(result.errors.hasSuffix("hint: did you mean `slipway run list`?\n"), "\(result.errors)")
    }

    @Test func `says which socket no daemon answers on`() throws {
        let data = try TemporaryDirectory.required.path
        let result = try run(try Self.path(), ["run", "list"], environment: ["SLIPWAY_DATA": data])
        #expect(result.status == 3 && result.output.isEmpty)
        #expect(result.errors.contains("`\(data)/slipway.sock`"))
    }

    @Test func `tells its version`() throws {
        let result = try run(try Self.path(), ["--version"])
        #expect(result.status == 0 && result.output == "\(SlipwayVersion.current)\n")
    }

    @Test func `ends quietly when the reader of its output has gone`() throws {
        let program = try Self.path()
        let script = "'\(program)' --help | true; echo ${PIPESTATUS[0]}"
        for _ in 0..<5 {
            let result = try run("/bin/bash", ["-c", script])
            #expect(result.output == "0\n" && result.errors.isEmpty)
        }
    }
}
