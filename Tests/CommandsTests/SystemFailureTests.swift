import Foundation
import Terminal
import TestSupport
import Testing

@testable import Commands

@Suite("A failure of the system", .temporaryDirectory) struct SystemFailureTests {
    /// What is thrown by using a path, which is relative to a directory with the file `file`.
    private static func failure(_ use: (String) throws -> Void, _ path: String) throws -> SystemFailure? {
        let directory = try TemporaryDirectory.required
        try directory.write("x", to: "file")
        do { try use(directory.path(path)) } catch { return SystemFailure(error) }
        return nil
    }

    @Test(arguments: [
        ("missing/x", "No such file or directory"), ("file/x", "Not a directory"), ("", "Is a directory"),
    ])
    func `to write a file names it, and is the user's`(path: String, reason: String) throws {
        let failure = try Self.failure({ try Data().write(to: URL(filePath: $0)) }, path)
        let directory = try TemporaryDirectory.required
        #expect(
            failure?.description.hasPrefix("could not use `\(directory.path)") == true, "\(failure as Any)")
        #expect(failure?.description.hasSuffix("`: \(reason)") == true, "\(failure as Any)")
        #expect(failure?.buildStatus == .failed)
    }

    @Test func `to make a directory names it`() throws {
        let failure = try Self.failure(
            { try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: true) },
            "file/x")
        #expect(failure?.path != nil && failure?.code == ENOTDIR, "\(failure as Any)")
    }

    @Test(
        arguments: [
            (POSIXError(.ENOSPC), "No space left on device", Commands.ExitStatus.unreachable),
            (POSIXError(.EROFS), "Read-only file system", .unreachable),
            (POSIXError(.EMFILE), "Too many open files", .unreachable),
            (POSIXError(.ENOENT), "No such file or directory", .failed),
        ])
    func `is the machine's where the user cannot mend it`(
        error: POSIXError, reason: String, status: Commands.ExitStatus
    ) {
        #expect(SystemFailure(error)?.description == reason)
        #expect(SystemFailure(error)?.buildStatus == status)
    }

    @Test func `of the output is the machine's, and a reader who has gone is none`() {
        let failure = SystemFailure(OutputError.failed("No space left on device"))
        #expect(failure?.description == "could not write the output: No space left on device")
        #expect(failure?.buildStatus == .unreachable)
        #expect(SystemFailure(OutputError.closed) == nil)
        #expect(SystemFailure(CommandError("x", status: .failed)) == nil)
    }

    @Test func `is one line on standard error`() throws {
        let result = try run("/bin/sh", ["-c", "'\(try BinaryTests.path())' version --data . > /dev/full"])
        #expect(result.status == 1, "\(result)")
        #expect(result.errors == "error: could not write the output: No space left on device\n")
    }
}
