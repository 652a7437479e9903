import Foundation

/// A real Git repository with a working tree, made and changed by the `git` command.
///
/// The user's own configuration counts for nothing, and times are fixed: the same calls make the same ids.
public struct GitFixture: Sendable {
    public let path: String

    /// Makes an empty repository with `main` as its branch, and the folders above it.
    public init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try git("init", "--quiet", "--initial-branch=main")
    }

    /// Writes files (`nil` removes one), commits everything, and returns the commit's id.
    @discardableResult
    public func commit(
        _ message: String, _ files: [String: String?] = [:], time: Int = 1_700_000_000
    ) throws -> String {
        let root = URL(filePath: path)
        // What goes makes place for what comes: a folder may take a file's name.
        for (name, text) in files where text == nil {
            try FileManager.default.removeItem(at: root.appending(path: name))
        }
        for case (let name, let text?) in files {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try git("add", "--all")
        try git("commit", "--quiet", "--allow-empty", "--message", message, time: time)
        return try git("rev-parse", "HEAD")
    }

    /// Runs `git` in the repository and returns what it printed, trimmed; throws ``GitCommandError``.
    @discardableResult
    public func git(_ arguments: String..., time: Int = 1_700_000_000) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "-C", path] + arguments
        process.environment = Self.environment(time: time)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw GitCommandError(arguments: arguments, message: String(decoding: complaint, as: UTF8.self))
        }
        return String(decoding: printed, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Removes the repository and makes another, empty one in its place.
    public func recreate() throws -> GitFixture {
        try FileManager.default.removeItem(atPath: path)
        return try GitFixture(at: path)
    }

    private static func environment(time: Int) -> [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ann Author", "GIT_AUTHOR_EMAIL": "ann@example.com",
            "GIT_AUTHOR_DATE": "\(time) +0000",
            "GIT_COMMITTER_NAME": "Carl Committer", "GIT_COMMITTER_EMAIL": "carl@example.com",
            "GIT_COMMITTER_DATE": "\(time) +0000",
        ]
    }
}

/// A `git` command that failed in a fixture.
public struct GitCommandError: Error, CustomStringConvertible {
    public let arguments: [String]
    public let message: String

    public var description: String { "git \(arguments.joined(separator: " ")): \(message)" }
}
