import Blobs
import Cryptography
import Dockerfile
import OCI

/// Where an instruction's files come from.
struct InstructionSources: Sendable {
    /// The build context, or what `--from` names.
    var tree: any FileTree
    /// Whether owners and times mean nothing there, as in a build context.
    var isContext: Bool
    /// What came from elsewhere, by the source's place in the instruction.
    var remote: [Int: RemoteSource] = [:]
}

/// A source of `ADD` that came from elsewhere.
enum RemoteSource: Sendable {
    case file(RemoteFileTree)
    case repository(any FileTree)
}

extension StageBuilder {
    /// Brings what an `ADD` names by URL, all at the same time.
    ///
    /// Throws ``DockerfileError`` at a source that cannot be had, or a checksum that is not met.
    func fetch(_ add: AddInstruction) async throws -> [Int: RemoteSource] {
        var wanted: [(index: Int, word: Word, place: RemotePlace)] = []
        for (index, word) in add.transfer.sources.enumerated() {
            if let place = try RemotePlace(word) { wanted.append((index, word, place)) }
        }
        guard let first = wanted.first else { return [:] }
        guard let sources = remoteSources else {
            throw first.word.error(
                "this build has no way to bring `\(first.word.text)`", hint: "put the file into the context")
        }
        return try await withThrowingTaskGroup(of: (Int, RemoteSource).self) { group in
            for (index, word, place) in wanted {
                group.addTask { (index, try await Self.fetch(place, word, add, from: sources)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static func fetch(
        _ place: RemotePlace, _ word: Word, _ add: AddInstruction, from sources: BuildSources
    ) async throws -> RemoteSource {
        do {
            switch place {
            case .file(let name): return .file(try await file(word, name, add, from: sources))
            case .repository(let reference):
                return .repository(try await sources.repository(try reference.completed(by: add)))
            }
        } catch let error as ChecksumMismatch {
            throw (add.checksum ?? word).error(
                error.description, hint: "check the source, or correct the checksum")
        } catch let error as BuildError { throw word.error(error.message, hint: error.hint) }
    }

    private static func file(
        _ word: Word, _ name: String, _ add: AddInstruction, from sources: BuildSources
    ) async throws -> RemoteFileTree {
        let checksum = try add.fileChecksum()
        let file = try await sources.file(at: word.text, expecting: checksum)
        if let checksum {
            let found = try await blocking { _ in try file.digest(by: checksum.algorithm) }
            guard found == checksum else {
                throw ChecksumMismatch(
                    source: word.text, expected: checksum.description, found: found.description)
            }
        }
        return RemoteFileTree(file, name: name, mode: 0o600)
    }
}

/// What a source of `ADD` that is no path means.
enum RemotePlace: Sendable {
    /// A file, and the name that it gets in a directory.
    case file(name: String)
    case repository(GitReference)

    /// `nil` for a path in the build context. Throws ``DockerfileError`` for a URL that makes no sense.
    init?(_ word: Word) throws {
        do throws(BuildError) {
            if let reference = try GitReference(word.text) {
                self = .repository(reference)
                return
            }
        } catch { throw word.error(error.message, hint: error.hint) }
        guard word.text.hasPrefix("http://") || word.text.hasPrefix("https://") else { return nil }
        let name = Self.fileName(word.text)
        guard name != "..", !name.utf8.contains(0) else {
            throw word.error("the URL `\(word.text)` ends in `\(name)`, which is no file's name")
        }
        self = .file(name: name)
    }

    /// The last name of a URL's path; BuildKit has a name of its own for a file without one.
    private static func fileName(_ url: String) -> String {
        let rest = url[(url.firstRange(of: "://")?.upperBound ?? url.startIndex)...]
        let path = rest.prefix { $0 != "?" && $0 != "#" }.drop { $0 != "/" }
        let unnamed = "__unnamed__"
        guard let decoded = path.percentDecoded else { return unnamed }
        let name = decoded.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? "."
        return name == "." ? unnamed : name
    }
}

extension GitReference {
    /// The reference with what the flags of `ADD` say of it.
    func completed(by add: AddInstruction) throws(BuildError) -> GitReference {
        var reference = self
        if let keeps = add.keepsGitDirectory {
            guard keepsGitDirectory ?? keeps == keeps else {
                throw BuildError("`--keep-git-dir` and the URL's `keep-git-dir` contradict each other")
            }
            reference.keepsGitDirectory = keeps
        }
        if let flag = add.checksum?.text {
            guard checksum ?? flag == flag else {
                throw BuildError("`--checksum` and the URL's checksum `\(checksum ?? "")` are not the same")
            }
            reference.checksum = flag
        }
        guard reference.checksum?.allSatisfy(\.isHexDigit) != false else {
            throw BuildError(
                "the checksum `\(reference.checksum ?? "")` is of a Git repository: expected a commit's id")
        }
        return reference
    }
}

extension AddInstruction {
    /// `--checksum` of a file.
    fileprivate func fileChecksum() throws(DockerfileError) -> Digest? {
        guard let checksum else { return nil }
        do { return try Digest(checksum.text) } catch {
            throw checksum.error(error.description, hint: "write it as `--checksum=sha256:…`")
        }
    }
}

extension RemoteFile {
    /// The file's digest by any algorithm; another one than its name has costs a look at all its bytes.
    fileprivate func digest(by algorithm: Digest.Algorithm) throws -> Digest {
        if algorithm == digest.algorithm { return digest }
        var hasher = try DigestHasher(algorithm)
        let next = source(content)
        while case let piece = try next(), !piece.isEmpty { hasher.update(piece.span.bytes) }
        return hasher.finish()
    }
}
