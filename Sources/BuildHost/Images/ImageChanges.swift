package import Builder
package import OCI

/// What a configuration is to say instead.
package struct ImageChanges: Sendable {
    package var environment: [(name: String, value: String)] = []
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// An empty list removes it.
    package var entrypoint: [String]?
    package var command: [String]?
    package var user: String?
    package var workingDirectory: String?
    package var exposedPorts: [String] = []
    package var platform: Platform?

    package init() {}

    func apply(to config: inout ImageConfig) {
        for (name, value) in environment {
            var list = config.execution.environment ?? []
            let entry = "\(name)=\(value)"
            if let place = list.firstIndex(where: { $0.hasPrefix(name + "=") }) {
                list[place] = entry
            } else {
                list.append(entry)
            }
            config.execution.environment = list
        }
        if !labels.isEmpty {
            config.execution.labels = (config.execution.labels ?? [:]).merging(labels) { $1 }
        }
        if let entrypoint { config.execution.entrypoint = entrypoint.isEmpty ? nil : entrypoint }
        if let command { config.execution.command = command.isEmpty ? nil : command }
        if let user { config.execution.user = user }
        if let workingDirectory { config.execution.workingDirectory = workingDirectory }
        if !exposedPorts.isEmpty {
            config.execution.exposedPorts = Set(config.execution.exposedPorts ?? []).union(exposedPorts)
                .sorted()
        }
        if let platform { config.platform = platform }
    }
}

extension LocalBuilder {
    /// The image with another configuration; its layers stay.
    package func mutate(_ image: LoadedImage, _ changes: ImageChanges) throws -> BuildResult {
        var config = image.config
        changes.apply(to: &config)
        return try result(
            config, image.layers, image.annotations.merging(changes.annotations) { $1 })
    }

    /// The image on another base: the layers of the old one are exchanged for those of the new one, and the history
    /// with them. Its configuration is its own.
    ///
    /// - Parameter name: of the new base, where it has one; the image's annotations say it.
    ///
    /// Throws ``BuildError`` when the image does not stand on the old base.
    package func rebase(
        _ image: LoadedImage, from old: LoadedImage, to new: LoadedImage, called name: ImageReference?
    ) throws -> BuildResult {
        let count = old.layers.count
        guard image.layers.prefix(count).map(\.diffID) == old.layers.map(\.diffID) else {
            let same = zip(image.layers, old.layers).prefix { $0.diffID == $1.diffID }.count
            throw BuildError(
                "the image does not stand on the old base: \(same) of the base's \(count) layers are under it",
                hint: "name the base that it was built on, perhaps by digest")
        }
        guard image.config.platform.matches(new.config.platform) else {
            throw BuildError(
                "the image is made for \(image.config.platform), and the new base for \(new.config.platform)")
        }
        var config = image.config
        config.history = image.config.history(movedFrom: old.config, to: new.config)
        let base = BaseAnnotations(name: name, digest: new.digest)
        return try result(
            config, new.layers + image.layers.dropFirst(count), base.replacing(in: image.annotations))
    }

    /// The image with more layers on top.
    ///
    /// - Parameter note: what the history says of each.
    package func append(_ layers: [Layer], to image: LoadedImage?, note: String) throws -> BuildResult {
        var config = image?.config ?? ImageConfig(platform: .host)
        for _ in layers {
            config.history.append(
                ImageConfig.HistoryEntry(
                    created: config.created, createdBy: note, comment: "slipway", isEmptyLayer: false))
        }
        return try result(config, (image?.layers ?? []) + layers, image?.annotations ?? [:])
    }

    /// The image as something that can be written to an output, exactly as it is.
    package func result(of image: LoadedImage) -> BuildResult {
        let built = BuiltImage(
            manifest: image.manifest, config: image.config, layers: image.layers, bases: [])
        return BuildResult(images: [built], root: image.manifest)
    }

    private func result(
        _ config: ImageConfig, _ layers: [Layer], _ annotations: [String: String]
    ) throws -> BuildResult {
        let image = try builder.assemble(config, layers: layers, annotations: annotations)
        return BuildResult(images: [image], root: image.manifest)
    }
}
