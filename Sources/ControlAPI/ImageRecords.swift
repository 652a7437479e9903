/// A tag of the embedded registry: an element of the answer to `GET /api/v1/images`.
package struct ImageRecord: Hashable, Sendable, Codable {
    package var repository: String
    package var tag: String
    package var digest: String
    /// What a client downloads: configuration and layers, in bytes.
    package var size: Int64
    package var pushed: String
    /// The run that published it, where one of this daemon did.
    package var run: String?

    package init(
        repository: String, tag: String, digest: String, size: Int64, pushed: String, run: String? = nil
    ) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
        self.size = size
        self.pushed = pushed
        self.run = run
    }
}

/// The answer to `GET /api/v1/images`.
package struct ImageList: Hashable, Sendable, Codable {
    package var images: [ImageRecord]

    package init(images: [ImageRecord]) { self.images = images }
}

/// The answer to `GET /api/v1/images/show?reference=…`: one platform's image in full.
package struct ImageDetail: Hashable, Sendable, Codable {
    package struct Layer: Hashable, Sendable, Codable {
        package var digest: String
        package var mediaType: String
        package var size: Int64
        /// What made it, where the image's history says so.
        package var createdBy: String?

        package init(digest: String, mediaType: String, size: Int64, createdBy: String?) {
            self.digest = digest
            self.mediaType = mediaType
            self.size = size
            self.createdBy = createdBy
        }
    }

    /// In full: `HOST/REPOSITORY:TAG`.
    package var reference: String
    package var digest: String
    package var mediaType: String
    package var platform: String
    package var created: String?
    package var size: Int64
    package var layers: [Layer]
    package var entrypoint: [String]
    package var command: [String]
    package var environment: [String]
    package var user: String
    package var workingDirectory: String
    package var exposedPorts: [String]
    package var labels: [String: String]
    package var run: String?

    package init(reference: String, digest: String, mediaType: String, platform: String, size: Int64) {
        self.reference = reference
        self.digest = digest
        self.mediaType = mediaType
        self.platform = platform
        self.size = size
        layers = []
        entrypoint = []
        command = []
        environment = []
        user = ""
        workingDirectory = ""
        exposedPorts = []
        labels = [:]
    }
}

/// The answer to `POST /api/v1/images/import`.
package struct ImportedImage: Hashable, Sendable, Codable {
    package var reference: String
    package var digest: String

    package init(reference: String, digest: String) {
        self.reference = reference
        self.digest = digest
    }
}
