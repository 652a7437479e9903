package import OCI

/// An image, an index of images, or an artifact that a layout is to list.
package struct LayoutRoot: Hashable, Sendable {
    package var descriptor: Descriptor
    /// One entry is written a name; one without a name where there are none.
    package var names: [LayoutName]

    package init(_ descriptor: Descriptor, names: [LayoutName] = []) {
        self.descriptor = descriptor
        self.names = names
    }

    /// The root as the layout's index lists it.
    ///
    /// What a reader chooses by is added from the manifest: its platform, and for an artifact that it is one.
    func entries(_ source: some BlobSource) throws -> [Descriptor] {
        var entry = descriptor
        if entry.mediaType.isManifest {
            let manifest = try source.manifest(entry)
            if manifest.artifactType != nil || manifest.subject != nil {
                entry.artifactType =
                    entry.artifactType ?? manifest.artifactType ?? manifest.config.mediaType.description
            } else if entry.platform == nil, manifest.config.mediaType.isImageConfig {
                let platform = try source.config(manifest.config).platform
                if !platform.os.isEmpty { entry.platform = platform }
            }
        }
        if names.isEmpty { return [entry] }
        return names.map { name in
            var named = entry
            named.annotations = (entry.annotations ?? [:]).merging(name.annotations) { $1 }
            return named
        }
    }
}

extension MediaType {
    var isImageConfig: Bool { self == .ociConfig || self == .dockerConfig }
}

extension ImageIndex {
    /// Lists more entries: one of a name takes the place of what had the name, and one without a name is
    /// listed once.
    mutating func merge(_ entries: [Descriptor]) {
        var seen: Set<Descriptor> = []
        let new = entries.filter { seen.insert($0).inserted }
        let names = Set(new.compactMap { $0.annotations?[Annotation.referenceName] })
        let digests = Set(new.map(\.digest))
        manifests.removeAll { old in
            let names = old.annotations?[Annotation.referenceName].map(names.contains)
            return names ?? (old.layoutNames.isEmpty && digests.contains(old.digest))
        }
        for entry in new {
            let isListed = manifests.contains { $0.digest == entry.digest }
            if entry.layoutNames.isEmpty, isListed { continue }
            manifests.append(entry)
        }
    }
}
