import Builder
import Foundation

/// An `ssh-agent` of this program's own, which holds keys for as long as this object lives.
///
/// The agent watches a process that ends when this one does, however that ends: no agent is left with keys in it.
package final class SSHAgent: Sendable {
    /// Where it is spoken to.
    package let socket: String
    private let folder: String
    private let lifeline: Pipe

    /// Starts the agent and gives it the keys. Blocks.
    ///
    /// - Parameter keys: files with private keys that have no passphrase.
    ///
    /// Throws ``BuildError`` where there is no `ssh-agent`, or it does not take a key.
    package init(keys: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/slipway-ssh-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        self.folder = folder
        socket = folder + "/agent"
        lifeline = Pipe()
        // The agent goes when the program that it starts is gone; that one reads until this process closes the pipe.
        let agent = Self.process(["ssh-agent", "-a", socket, "cat"])
        agent.standardInput = lifeline
        agent.standardOutput = FileHandle.nullDevice
        try Self.start(agent, "ssh-agent")
        try waitForSocket(of: agent)
        for key in keys { try add(key) }
    }

    deinit {
        try? lifeline.fileHandleForWriting.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func waitForSocket(of agent: Process) throws {
        for _ in 0..<500 {
            if FileManager.default.fileExists(atPath: socket) { return }
            guard agent.isRunning else { break }
            usleep(10_000)
        }
        throw BuildError("`ssh-agent` did not start")
    }

    private func add(_ key: String) throws {
        guard let file = FileHandle(forReadingAtPath: key) else {
            throw BuildError("could not read the SSH key `\(key)`", hint: "name a file with a private key")
        }
        // Read from a pipe a key may have any mode, and nobody asks for a passphrase.
        let adding = Self.process(["ssh-add", "-q", "-"])
        let said = Pipe()
        adding.standardInput = file
        adding.standardError = said
        adding.standardOutput = FileHandle.nullDevice
        adding.environment = ProcessInfo.processInfo.environment.merging([
            "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force",
        ]) { $1 }
        try Self.start(adding, "ssh-add")
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        adding.waitUntilExit()
        guard adding.terminationStatus == 0 else {
            let reason = text.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw BuildError(
                "`\(key)` is no SSH key that can be used\(reason)",
                hint: "a key with a passphrase belongs in an agent: `ssh-add \(key)`, and `--ssh default`")
        }
    }

    private static func process(_ words: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        return process
    }

    private static func start(_ process: Process, _ name: String) throws {
        do { try process.run() } catch {
            throw BuildError("could not start `\(name)`: \(error)", hint: "install an OpenSSH client")
        }
    }
}
