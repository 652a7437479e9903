import Dockerfile

/// What `COPY` and `ADD` copy, every variable replaced.
struct CopyRequest: Sendable {
    /// Paths or patterns in the source tree.
    var sources: [Word]
    /// As it is written, made absolute; a slash at its end says that it is a directory.
    var destination: String
    var attributes = Attributes()
    /// Whether owners and times are the source's own: those of an image are, those of a context mean nothing.
    var keepsMetadata = false
    /// `--exclude`: what is left out of the directories that are copied, by paths below them.
    var excludes = IgnoreFile()
    /// `--parents`.
    var keepsParents = false
}

/// Which files below a directory are copied, by their paths from there.
struct CopySelection: Sendable {
    private let excludes: IgnoreFile?
    /// Of all files only these, where there are such patterns (`--parents`).
    private let includes: IgnoreFile?

    init(excludes: IgnoreFile, includes: IgnoreFile? = nil) {
        // Most copies leave nothing out, and need not look at each path for it.
        self.excludes = excludes.patterns.isEmpty ? nil : excludes
        self.includes = includes
    }

    func contains(_ path: String) -> Bool {
        if let includes, !includes.isIgnored(path) { return false }
        return excludes?.isIgnored(path) != true
    }

    /// Whether anything is left out.
    var isAll: Bool { excludes == nil && includes == nil }

    /// Whether something below a directory may be copied.
    func reaches(below directory: String) -> Bool {
        excludes?.mayContainIncluded(directory) ?? (includes != nil)
    }
}

/// A source of `COPY --parents`: where the paths that are kept begin, and what they are.
struct ParentsSource {
    /// The path or pattern in front of `/./`; the root where there is none.
    var pivot: String
    /// The path or pattern behind it, without a leading slash.
    var pattern: String

    init(_ source: String) {
        let bytes = Array(source.utf8)
        let mark = Array("/./".utf8)
        let place = bytes.indices.first { bytes[$0...].starts(with: mark) }
        let (front, behind) = place.map { (bytes[..<$0], bytes[($0 + mark.count)...]) } ?? ([], bytes[...])
        pivot = String(decoding: front, as: UTF8.self)
        pattern = String(decoding: behind, as: UTF8.self).pathComponents.joined(separator: "/")
    }

    /// The path that has to be there; `nil` where a pattern may match nothing.
    var requiredPath: String? {
        if PathPattern.hasWildcard(pivot) || PathPattern.hasWildcard(pattern) { return nil }
        return pivot + "/" + pattern
    }
}
