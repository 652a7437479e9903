import Builder
import Database
import OCI
import Registry
import Remote
import Runs

extension RunExecutor {
    /// A push step. Tags of the embedded registry all move in one transaction, together with what follows from that.
    func push(_ texts: [String], _ job: RunJob) async throws {
        var pushes: [(tag: ImageReference, image: BuiltImage)] = []
        for text in texts {
            let tag = try tag(text)
            guard let image = job.images.image(builtAs: tag) else {
                throw ImageError.notBuilt(text, built: job.images.tags)
            }
            if !pushes.contains(where: { $0.tag == tag }) { pushes.append((tag, image)) }
        }
        let here = pushes.filter { registry.isHere($0.tag.registry) }
        if !here.isEmpty { try await publish(here, job) }
        for (tag, image) in pushes where !registry.isHere(tag.registry) {
            job.log.line("Pushing \(tag)")
            let report = try await client.push(image.manifest.digest, from: local.blobs, to: [tag])
            try await runs.addOutput(
                RunOutput(reference: tag.description, digest: image.manifest.digest.description), of: job.run)
            job.log.line(
                "Pushed \(tag)@\(image.manifest.digest): \(report.uploaded) blobs sent, \(report.mounted) mounted, "
                    + "\(report.present) there already")
        }
    }

    private func publish(_ pushes: [(tag: ImageReference, image: BuiltImage)], _ job: RunJob) async throws {
        let manifests = try pushes.map { push in
            PublishedManifest(
                repository: push.tag.repository, document: try local.document(push.image.manifest))
        }
        let tags = pushes.map { push in
            PublishedTag(
                repository: push.tag.repository, tag: push.tag.tag ?? .latest,
                digest: push.image.manifest.digest)
        }
        let outputs = pushes.map {
            RunOutput(reference: $0.tag.description, digest: $0.image.manifest.digest.description)
        }
        let store = registry.store
        let moves = try await runs.database.write { db in
            for output in outputs { try runs.addOutput(output, of: job.run, in: db) }
            return try store.publish(manifests, tags: tags, in: db)
        }
        store.tagsHaveMoved()
        for (tag, image) in pushes {
            let isMoved = moves.contains { $0.repository == tag.repository && $0.tag == tag.tag }
            job.log.line(
                "Pushed \(tag)@\(image.manifest.digest)" + (isMoved ? "" : ": it was there already"))
        }
    }
}
