import Builder
import ControlAPI
import Hummingbird
import OCI
import Registry
import Runs

/// `/api/v1/images`: what the embedded registry holds.
struct ImageRoutes<Context: RequestContext> {
    let runs: RunStore
    let registry: EmbeddedRegistry
    let images: LocalImages
    let importer: ImageImporter

    func add(to group: RouterGroup<Context>) {
        group.get("images", use: list)
        group.get("images/show", use: show)
        group.post("images/import", use: importImage)
    }

    @Sendable private func list(_: Request, _: Context) async throws -> Response {
        let images = try await registry.store.images()
        let outputs = images.map { image in
            let reference = ImageReference(
                registry: registry.host, repository: image.repository, tag: image.tag)
            return RunOutput(reference: reference.description, digest: image.digest.description)
        }
        let publishers = try await runs.publishers(of: outputs)
        let records = zip(images, publishers).map { image, run in
            ImageRecord(
                repository: image.repository.description, tag: image.tag.description,
                digest: image.digest.description, size: image.size,
                pushed: "\(Timestamp(milliseconds: image.pushed))", run: run.map { "\($0)" })
        }
        return try jsonResponse(ImageList(images: records))
    }

    @Sendable private func show(_ request: Request, _: Context) async throws -> Response {
        let reference = try Self.reference(request.query("reference"), "reference", in: registry)
        let image = try await images.image(reference, platform: .host)
        var detail = ImageDetail(image, reference)
        let output = RunOutput(reference: reference.description, digest: image.digest.description)
        detail.run = try await runs.publishers(of: [output]).first?.map { "\($0)" }
        return try jsonResponse(detail)
    }

    @Sendable private func importImage(_ request: Request, _: Context) async throws -> Response {
        let tag = try Self.reference(request.query("tag"), "tag", in: registry)
        guard registry.isHere(tag.registry), tag.digest == nil else {
            throw Failure(
                .unprocessableContent, "`\(tag)` is not a tag of the embedded registry",
                hint: "import it as `\(registry.host)/\(tag.repository)`, and push it from there")
        }
        let config = try Self.config(request)
        let archive = try await images.blobs.store(request.body)
        let manifest = try await importer.importArchive(archive.digest, config: config)
        try await registry.store.publish(
            [PublishedManifest(repository: tag.repository, document: try images.document(manifest))],
            tags: [PublishedTag(repository: tag.repository, tag: tag.tag ?? .latest, digest: manifest.digest)]
        )
        return try jsonResponse(
            ImportedImage(reference: tag.description, digest: manifest.digest.description), .created)
    }

    private static func reference(
        _ text: String?, _ name: String, in registry: EmbeddedRegistry
    ) throws -> ImageReference {
        guard let text, !text.isEmpty else {
            throw Failure(.badRequest, "`\(name)` is missing: expected `REPOSITORY:TAG`")
        }
        do { return registry.canonical(try ImageReference(text, in: registry.host)) } catch {
            throw Failure(.badRequest, "\(error)")
        }
    }

    private static func config(_ request: Request) throws -> ImageConfig {
        var platform = Platform.host
        if let text = request.query("platform") {
            guard let wanted = Platform(text) else {
                throw Failure(.badRequest, "`\(text)` is no platform: expected one such as `linux/amd64`")
            }
            platform = wanted
        }
        var config = ImageConfig(platform: platform)
        let environment = request.queries("env")
        if !environment.isEmpty { config.execution.environment = environment }
        config.execution.entrypoint = try words(request, "entrypoint")
        config.execution.command = try words(request, "command")
        config.execution.workingDirectory = request.query("workdir")
        config.execution.user = request.query("user")
        var labels: [String: String] = [:]
        for label in request.queries("label") {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw Failure(.badRequest, "the label `\(label)` should be `NAME=VALUE`")
            }
            labels[String(parts[0])] = String(parts[1])
        }
        if !labels.isEmpty { config.execution.labels = labels }
        return config
    }

    private static func words(_ request: Request, _ name: String) throws -> [String]? {
        guard let text = request.query(name) else { return nil }
        // What is no JSON array of strings is told below.
        guard let array = (try? JSONValue(parsing: text.utf8))?.array,
            case let words = array.compactMap(\.string), words.count == array.count
        else { throw Failure(.badRequest, "`\(name)` should be a JSON array of strings, and is `\(text)`") }
        return words
    }
}

extension ImageDetail {
    fileprivate init(_ image: LocalImages.Image, _ reference: ImageReference) {
        let config = image.config
        self.init(
            reference: reference.description, digest: image.digest.description,
            mediaType: image.manifest.mediaType.description, platform: config.platform.description,
            size: image.manifest.config.size + image.manifest.layers.reduce(0) { $0 + $1.size })
        created = config.created
        let history = config.history.filter { !$0.isEmptyLayer }
        layers = image.manifest.layers.enumerated().map { index, layer in
            Layer(
                digest: layer.digest.description, mediaType: layer.mediaType.description, size: layer.size,
                createdBy: history.indices.contains(index) ? history[index].createdBy : nil)
        }
        entrypoint = config.execution.entrypoint ?? []
        command = config.execution.command ?? []
        environment = config.execution.environment ?? []
        user = config.execution.user ?? ""
        workingDirectory = config.execution.workingDirectory ?? ""
        exposedPorts = config.execution.exposedPorts ?? []
        labels = config.execution.labels ?? [:]
    }
}
