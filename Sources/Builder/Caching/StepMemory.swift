import Cryptography
import Dockerfile
import OCI

/// What each step of a Dockerfile was done with the last time, so that a build can say what is different this time.
struct StepMemory: Sendable {
    /// One small file a step.
    let folder: CacheFolder

    init(directory: String) { folder = CacheFolder(directory: directory) }

    /// What tells a step from all others, however its text changes.
    struct Place: Hashable, Sendable {
        /// Which source the Dockerfile is of: a directory or repository.
        var scope: String
        var file: String
        var stage: String
        var position: Int

        func name() throws(CryptoError) -> String {
            try Digest(of: Array("\(scope)\n\(file)\n\(stage)\n\(position)".utf8)).hex
        }
    }

    /// What was remembered, forgotten for what is now.
    ///
    /// Returns `nil` where the step was not done before.
    func exchange(_ inputs: RunInputs, at place: Place) throws(CryptoError) -> RunInputs? {
        let name = try place.name()
        let before = folder.bytes(name).flatMap { RunInputs(decoding: $0) }
        if before != inputs { folder.keep(inputs.encoded, as: name) }
        return before
    }
}

extension RunInputs {
    private static let separator = UInt8(ascii: "\n")

    /// A line for each input: its name, and the digest of its value: a build argument may be nobody's business.
    fileprivate var encoded: [UInt8] {
        Array(list.map { "\($0.name)\t\($0.value)\n" }.joined().utf8)
    }

    /// `nil` where the bytes are not what ``encoded`` gives.
    fileprivate init?(decoding bytes: [UInt8]) {
        self.init()
        for line in bytes.split(separator: Self.separator) {
            let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            guard parts.count == 2 else { return nil }
            add(
                digested: String(decoding: parts[0], as: UTF8.self),
                String(decoding: parts[1], as: UTF8.self))
        }
    }
}
