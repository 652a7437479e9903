import Blobs
import ControlAPI
import Hummingbird
import OCI
import Runs
import TaskFile

/// `/api/v1/contexts` and `/api/v1/builds`: builds of what a person uploads.
struct BuildRoutes<Context: RequestContext> {
    let runs: RunStore
    let blobs: BlobStore
    let registry: EmbeddedRegistry

    func add(to group: RouterGroup<Context>) {
        group.post("contexts", use: upload)
        group.post("builds", use: build)
    }

    @Sendable private func upload(_ request: Request, _: Context) async throws -> Response {
        let stored = try await blobs.store(request.body)
        return try jsonResponse(
            UploadedContext(digest: stored.digest.description, size: stored.size), .created)
    }

    @Sendable private func build(_ request: Request, _: Context) async throws -> Response {
        let body = try await request.document(BuildRequest.self)
        let context: Digest
        do { context = try Digest(body.context) } catch { throw Failure(.badRequest, "\(error)") }
        guard try blobs.size(of: context) != nil else {
            throw Failure(.notFound, "no context `\(context)` was uploaded", hint: "upload it again")
        }
        let text: String
        do { text = try BuildText(body, in: registry).text } catch {
            throw Failure(.unprocessableContent, "\(error)")
        }
        let id = try await runs.queueBuild(
            text: text, file: "build", context: context.description, requester: body.requester)
        return try jsonResponse(QueuedRuns(runs: ["\(id)"]), .accepted)
    }
}

extension BlobStore {
    /// Stores a request's body as a blob, in constant memory.
    func store(_ body: RequestBody) async throws -> (digest: Digest, size: Int64) {
        let upload = BlobUpload(store: self)
        for try await piece in body { try await upload.append(piece) }
        return try await upload.finish()
    }
}

/// The task file of a build that a person asked for.
private struct BuildText {
    var text: String

    /// Tags without a host are the embedded registry's, as a person at its command line means them.
    init(_ request: BuildRequest, in registry: EmbeddedRegistry) throws {
        let words = (request.words + ["."]).map(Self.quoted).joined(separator: " ")
        let step = try BuildStep(parsing: words)
        let tags = try step.tags.map {
            registry.canonical(try ImageReference($0, in: registry.host)).description
        }
        var line: [String] = []
        for tag in tags { line += ["-t", tag] }
        if let file = step.file { line += ["-f", file] }
        if let target = step.target { line += ["--target", target] }
        if let platform = step.platform { line += ["--platform", platform] }
        for (name, value) in step.buildArguments.sorted(by: { $0.key < $1.key }) {
            line += ["--build-arg", "\(name)=\(value)"]
        }
        for (name, value) in step.labels.sorted(by: { $0.key < $1.key }) {
            line += ["--label", "\(name)=\(value)"]
        }
        if step.isWithoutCache { line.append("--no-cache") }
        line.append(".")
        // JSON is YAML, and says every text exactly.
        text = "version: v1.0.0\nsteps:\n  - id: build\n    build: \(Self.scalar(line.map(Self.quoted)))\n"
        if request.isPublished, !tags.isEmpty {
            text += "  - id: push\n    push: [\(tags.map { Self.scalar([$0]) }.joined(separator: ", "))]\n"
        }
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    private static func scalar(_ words: [String]) -> String {
        let json = JSONValue.string(words.joined(separator: " ")).canonical
        return String(decoding: json, as: UTF8.self).replacing("{{", with: #"{{"{{"}}"#)
    }
}
