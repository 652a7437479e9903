import Builder
import Database
import GRDB
import OCI
import Registry
import Runs
import TaskFile

extension RunExecutor {
    /// A build step: makes the image, and remembers it under its tags for the steps behind.
    func build(_ step: BuildStep, _ job: RunJob) async throws {
        guard let source = job.source.context else {
            throw RunFailure.failed("the task has no `source`, and `build` needs one")
        }
        let tags = try step.tags.map { try tag($0) }
        let context = try SubfolderTree(source, folder: step.context)
        let options = try options(step, job.source)
        var input = ImageBuilder.Input(source: source, context: context, images: job.images)
        input.remoteSources = remoteSources
        let buildLog = BuildLog()
        let image = try await builder.build(
            options, input,
            onBases: { try await note($0, file: options.file, job) },
            onProgress: { progress in
                for line in buildLog.lines(progress) { job.log.line(line) }
            })
        for tag in tags { job.images.add(image, as: tag) }
    }

    /// Notes what the build stands on.
    ///
    /// A tag of the embedded registry that moved since it was resolved found no run that stands on it: what follows
    /// from that move is queued here, in the same transaction.
    private func note(_ bases: [UsedBase], file: String, _ job: RunJob) async throws {
        let store = registry.store
        let here = bases.filter { registry.isHere($0.reference.registry) && $0.reference.digest == nil }
        let isNew = try await runs.database.write { db in
            let isNew = try runs.setBases(bases.map { RunBase($0, file: file) }, of: job.run, in: db)
            for base in here {
                let tag = EmbeddedRegistry.manifestReference(base.reference)
                let current = try store.manifest(tag, in: base.reference.repository, db)?.digest
                guard let current, current != base.digest else { continue }
                let change = BaseImageChange(
                    reference: base.reference.description, digest: current.description)
                try runs.record(.baseImage(change), in: db)
            }
            return isNew
        }
        runs.knock()
        if isNew { basesChanged() }
    }

    private func options(_ step: BuildStep, _ source: RunSource) throws -> BuildOptions {
        var options = BuildOptions()
        let folder = step.context.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        options.file = step.file ?? (folder.isEmpty ? "Dockerfile" : "\(folder)/Dockerfile")
        options.buildArguments = step.buildArguments
        options.target = step.target
        options.labels = step.labels
        options.isWithoutCache = step.isWithoutCache
        options.epoch = source.time
        options.scope = source.repository
        if let text = step.platform {
            guard let platform = Platform(text) else {
                throw RunFailure.failed(
                    "`--platform \(text)` is no platform: expected one such as `linux/amd64`")
            }
            options.platform = platform
        }
        return options
    }

    /// A tag as a step names it, by the registry's own name where it is the embedded one.
    func tag(_ text: String) throws -> ImageReference {
        guard !text.contains("$") else {
            throw RunFailure.failed(
                "`\(text)` names no image (aliases such as `$Registry` need `version: v1.1.0` in the task file)"
            )
        }
        let reference = registry.canonical(try ImageReference(text))
        guard reference.digest == nil else {
            throw RunFailure.failed("`\(text)` names a digest, and an image that is built has only tags")
        }
        return reference
    }
}

extension RunBase {
    fileprivate init(_ base: UsedBase, file: String) {
        self.init(
            reference: base.reference.description, digest: base.digest.description, isRuntime: base.isRuntime,
            place: BasePlace(file: file, line: base.line, instruction: base.instruction))
    }
}
