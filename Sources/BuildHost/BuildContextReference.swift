package import Builder
import FoundationEssentials
package import Layout

/// Where a build context is, as `slipway build CONTEXT` and `--build-context NAME=VALUE` name it.
package enum BuildContextReference: Hashable, Sendable {
    /// A directory of this machine.
    case directory(String)
    /// `-`: an archive, or a Dockerfile and nothing else.
    case standardInput
    /// A URL of an archive, or of a Dockerfile and nothing else.
    case url(String)
    case git(GitReference)
    /// `docker-image://REFERENCE`.
    case image(String)
    /// `oci-layout://DIRECTORY[:TAG][@DIGEST]`.
    case layout(LayoutLocation)

    /// Reads the context of a build: a directory that is there wins over what its name looks like, as with Docker.
    ///
    /// Throws ``BuildError`` where it is nothing that a context can be.
    package init(context text: String) throws(BuildError) {
        if text == "-" {
            self = .standardInput
        } else if Self.isDirectory(text) {
            self = .directory(text)
        } else if let remote = try Self.remote(text) {
            self = remote
        } else {
            throw Self.missing(text, what: "the build context")
        }
    }

    /// Reads the value of a named context.
    ///
    /// Throws ``BuildError`` where it is nothing that a named context can be.
    package init(named name: String, value text: String) throws(BuildError) {
        if let image = Self.rest(of: text, behind: "docker-image://") {
            guard !image.isEmpty else {
                throw BuildError(
                    "the context `\(name)` names no image", hint: "write `docker-image://REFERENCE`")
            }
            self = .image(image)
        } else if text.hasPrefix(LayoutLocation.scheme) {
            do { self = .layout(try LayoutLocation(text)) } catch {
                throw BuildError("the context `\(name)`: \(error)", hint: error.hint)
            }
        } else if let remote = try Self.remote(text) {
            self = remote
        } else if Self.isDirectory(text) {
            self = .directory(text)
        } else if text.hasPrefix("target:") {
            throw BuildError(
                "the context `\(name)` is a target of another build, which only `docker buildx bake` has")
        } else {
            throw Self.missing(text, what: "the context `\(name)`")
        }
    }

    /// Reads `NAME=VALUE`.
    package static func named(_ text: String) throws(BuildError) -> (name: String, Self) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw BuildError(
                "the context `\(text)` has no name", hint: "write it as `--build-context NAME=VALUE`")
        }
        let name = String(text[..<equals])
        return (name, try Self(named: name, value: String(text[text.index(after: equals)...])))
    }

    private static func remote(_ text: String) throws(BuildError) -> Self? {
        // Docker takes this one host's name for a URL of it.
        let github = "github.com/"
        if text.hasPrefix(github) {
            let path = "https://" + text
            if let reference = try GitReference(path) { return .git(reference) }
            return try GitReference(path.addingGitSuffix).map { .git($0) }
        }
        if let reference = try GitReference(text) { return .git(reference) }
        let isURL = text.hasPrefix("http://") || text.hasPrefix("https://")
        return isURL ? .url(text) : nil
    }

    private static func rest(of text: String, behind prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    private static func missing(_ text: String, what: String) -> BuildError {
        let isThere = FileManager.default.fileExists(atPath: text)
        return BuildError(
            "\(what) `\(text)` " + (isThere ? "is no directory" : "is not there"),
            hint:
                "name a directory, a Git URL such as `https://HOST/PATH.git#REF:FOLDER`, or a URL of an archive"
        )
    }
}

extension String {
    /// A GitHub URL without `.git`, with it: the query and the fragment stay behind it.
    fileprivate var addingGitSuffix: String {
        let end = firstIndex { $0 == "#" || $0 == "?" } ?? endIndex
        return self[..<end] + ".git" + self[end...]
    }
}
