import Dispatch
import Foundation
import Glibc
import OCI
import Synchronization

/// A program `docker-credential-NAME` that keeps secrets for Docker.
///
/// It is asked by Docker's protocol: `get`, the registry's name on standard input, a JSON object as the answer.
struct CredentialHelper {
    private static let queue = DispatchQueue(label: "slipway.credential-helper", attributes: .concurrent)
    private let program: String
    private let executable: String
    private let environment: [String: String]
    private let patience: DispatchTimeInterval

    /// - Parameter patience: how long it may take: it may have to ask a key ring, but never a person.
    ///
    /// Throws ``CredentialError`` when no such program is on the path.
    init(
        _ name: String, environment: [String: String], patience: DispatchTimeInterval = .seconds(30)
    ) throws(CredentialError) {
        program = "docker-credential-\(name)"
        self.environment = environment
        self.patience = patience
        guard !name.contains("/") else {
            throw CredentialError(
                "run the credential helper `\(name)`", message: "it is a path and not a name")
        }
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        let program = program
        let candidate = folders.map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let candidate else {
            throw CredentialError(
                "run the credential helper `\(program)`", message: "it is not on the `PATH`")
        }
        executable = candidate
    }

    /// What the program keeps for a registry; `nil` where it keeps nothing.
    func credential(for registry: RegistryHost) async throws(CredentialError) -> Credential? {
        let key = registry == .dockerHub ? "https://index.docker.io/v1/" : registry.description
        let answer = try await answer(to: key)
        guard let answer else { return nil }
        // What the program printed may hold the secret, so the error shows none of it.
        guard let object = try? JSONValue(parsing: answer).object, let secret = object["Secret"]?.string,
            let user = object["Username"]?.string
        else { throw fault("it printed no credential") }
        if user == "<token>" { return .identityToken(secret, from: "`\(program)`") }
        return .password(user: user, password: secret, from: "`\(program)`")
    }

    private func fault(_ message: String) -> CredentialError {
        CredentialError("run the credential helper `\(program)`", message: message)
    }

    /// Runs the program off the cooperative pool; what has not ended in time is killed, and not waited for.
    private func answer(to key: String) async throws(CredentialError) -> Data? {
        let process = Process()
        let result: Result<Data?, any Error> = await withCheckedContinuation { continuation in
            let end = FirstEnd(continuation)
            Self.queue.async { end.take(Result { try ask(key, process) }) }
            Self.queue.asyncAfter(deadline: .now() + patience) {
                // A program started from a dispatch thread has SIGTERM blocked.
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                end.take(.failure(fault("it did not end in time")))
            }
        }
        do { return try result.get() } catch let error as CredentialError { throw error } catch {
            throw fault(error.localizedDescription)
        }
    }

    private func ask(_ key: String, _ process: Process) throws -> Data? {
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: executable)
        process.arguments = ["get"]
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // Written while this process still holds the other end: a helper that reads nothing breaks no pipe, and the
        // name of a registry fits one.
        try input.fileHandleForWriting.write(contentsOf: Data(key.utf8))
        try input.fileHandleForWriting.close()
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return answer }
        let text = String(decoding: answer, as: UTF8.self)
        if text.contains("credentials not found") { return nil }
        throw fault("it ended with status \(process.terminationStatus)")
    }
}

/// Takes the first of two ends of one wait.
private final class FirstEnd<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

    func take(_ value: Value) {
        continuation.withLock { $0.take() }?.resume(returning: value)
    }
}
