import Dispatch
import Foundation
import OCI

/// A program `docker-credential-NAME` that keeps secrets for Docker.
///
/// It is asked by Docker's protocol: `get`, the registry's name on standard input, a JSON object as the answer.
struct CredentialHelper {
    private static let queue = DispatchQueue(label: "slipway.credential-helper", attributes: .concurrent)
    /// How long a helper may take: it may have to ask a key ring, but never a person.
    private static let patience = DispatchTimeInterval.seconds(30)

    private let program: String
    private let executable: String
    private let environment: [String: String]

    /// Throws ``CredentialError`` when no such program is on the path.
    init(_ name: String, environment: [String: String]) throws(CredentialError) {
        program = "docker-credential-\(name)"
        self.environment = environment
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
        let answer = try await withResult { try ask(key) }
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

    /// Runs a blocking piece of work off the cooperative pool.
    private func withResult(
        _ work: @escaping @Sendable () throws -> Data?
    ) async throws(CredentialError) -> Data? {
        let result = await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: Result { try work() }) }
        }
        do { return try result.get() } catch let error as CredentialError { throw error } catch {
            throw fault(error.localizedDescription)
        }
    }

    private func ask(_ key: String) throws -> Data? {
        let process = Process()
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
        let overdue = DispatchWorkItem { process.terminate() }
        Self.queue.asyncAfter(deadline: .now() + Self.patience, execute: overdue)
        defer { overdue.cancel() }
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return answer }
        let text = String(decoding: answer, as: UTF8.self)
        if text.contains("credentials not found") { return nil }
        throw fault("it ended with status \(process.terminationStatus)")
    }
}
