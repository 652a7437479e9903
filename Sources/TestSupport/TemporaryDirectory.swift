public import Foundation
public import Testing

/// Gives each test of a suite a directory of its own, and removes it afterwards.
public struct TemporaryDirectoryTrait: TestTrait, SuiteTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try await TemporaryDirectory.$current.withValue(directory) { try await function() }
    }
}

extension Trait where Self == TemporaryDirectoryTrait {
    /// Runs the test with ``TemporaryDirectory/current`` set.
    public static var temporaryDirectory: Self { Self() }
}

/// A directory that exists for the length of a test.
public struct TemporaryDirectory: Sendable {
    @TaskLocal public static var current: TemporaryDirectory?

    public let url: URL
    public var path: String { url.path }

    public init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "slipway-test-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
            .resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// The directory of the running test.
    public static var required: TemporaryDirectory {
        get throws { try #require(current, "the test needs the trait .temporaryDirectory") }
    }

    /// The path of `name` in the directory; nothing is made.
    public func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file, and the directories above it.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    public func remove() {
        // A directory that cannot be removed fails no test.
        try? FileManager.default.removeItem(at: url)
    }
}
