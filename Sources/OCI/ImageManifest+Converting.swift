extension ImageManifest {
    /// The same image in another format: the same blobs, under that format's types.
    ///
    /// Docker's schema 2 has no annotations: they are left out. Throws ``FormatError`` for what the format
    /// cannot say.
    package func converted(to format: ImageFormat) throws(FormatError) -> ImageManifest {
        guard config.mediaType == .ociConfig || config.mediaType == .dockerConfig, artifactType == nil else {
            throw .artifact(artifactType.map(MediaType.init) ?? config.mediaType)
        }
        var manifest = self
        manifest.mediaType = format.manifestType
        manifest.config.mediaType = format.configType
        for index in layers.indices {
            manifest.layers[index].mediaType = try format.layerType(
                layers[index].mediaType, of: layers[index].digest)
        }
        guard format == .docker else { return manifest }
        if let subject { throw .subject(subject.digest) }
        manifest.annotations = nil
        manifest.config.annotations = nil
        for index in layers.indices { manifest.layers[index].annotations = nil }
        return manifest
    }
}

extension ImageIndex {
    /// The same images in another format.
    ///
    /// - Parameter replacements: the descriptors of the converted manifests, whose digests are others, by the digest of the
    ///   one that each stands for; a manifest that is not in there stays as it is.
    ///
    /// Docker's manifest list has no annotations: they are left out. Throws ``FormatError`` for what the
    /// format cannot say.
    package func converted(
        to format: ImageFormat, replacing replacements: [Digest: Descriptor]
    ) throws(FormatError) -> ImageIndex {
        var index = self
        index.mediaType = format.indexType
        for (position, old) in manifests.enumerated() {
            var entry = old
            if let new = replacements[old.digest] {
                (entry.mediaType, entry.digest, entry.size) = (new.mediaType, new.digest, new.size)
            }
            if format == .docker {
                if entry.mediaType.isIndex { throw .nestedIndex(old.digest) }
                if entry.platform == nil { throw .noPlatform(old.digest) }
                if entry.artifactType != nil { throw .artifact(MediaType(entry.artifactType ?? "")) }
                entry.annotations = nil
            }
            index.manifests[position] = entry
        }
        guard format == .docker else { return index }
        if let subject { throw .subject(subject.digest) }
        if let artifactType { throw .artifact(MediaType(artifactType)) }
        index.annotations = nil
        return index
    }
}
