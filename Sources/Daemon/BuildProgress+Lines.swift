import Builder
import OCI

extension BuildProgress {
    /// What a run's log says of it.
    var lines: [String] {
        switch self {
        case .resolving(let reference): ["Resolving \(reference)"]
        case .resolved(let base):
            ["Base \(base.reference)@\(base.digest), in `\(base.instruction)` of line \(base.line)"]
        case .started(let number, let count, let text): ["[\(number)/\(count)] \(text)"]
        case .layer(let number, let count, let layer, let entries, let tarSize, let isCached):
            [
                "[\(number)/\(count)] \(isCached ? "CACHED" : "layer") \(layer.descriptor.digest): \(entries) entries, "
                    + "\(Self.size(tarSize)), \(Self.size(layer.descriptor.size)) compressed"
            ]
        case .warning(let text): ["warning: \(text)"]
        case .finished(let manifest): ["Built \(manifest.digest)"]
        }
    }

    private static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<1000: "\(bytes) B"
        case ..<1_000_000: "\((Double(bytes) / 100).rounded() / 10) kB"
        case ..<1_000_000_000: "\((Double(bytes) / 100_000).rounded() / 10) MB"
        default: "\((Double(bytes) / 100_000_000).rounded() / 10) GB"
        }
    }
}
