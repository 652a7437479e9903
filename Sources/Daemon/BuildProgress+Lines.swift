import Builder
import OCI

extension BuildProgress {
    /// What a run's log says of it.
    var lines: [String] {
        switch self {
        case .resolving(let reference): ["Resolving \(reference)"]
        case .received: []
        case .resolved(let base):
            ["Base \(base.reference)@\(base.digest), in `\(base.instruction)` of line \(base.line)"]
        case .began(let step): ["[\(step.number)/\(step.count)] \(step.text)"]
        case .output: []
        case .missed(let step, let reason): ["[\(step.number)/\(step.count)] not cached: \(reason)"]
        case .ended(let step, let outcome):
            outcome.line.map { ["[\(step.number)/\(step.count)] \($0)"] } ?? []
        case .warning(let warning): ["warning: \(warning)"]
        case .note(let text): [text]
        case .finished(let manifest): ["Built \(manifest.digest)"]
        }
    }
}

extension BuildProgress.Step.Outcome {
    fileprivate var line: String? {
        switch self {
        case .done: nil
        case .made(let summary): "layer \(Self.text(summary))"
        case .cached(let summary): "CACHED" + (summary.map { " \(Self.text($0))" } ?? "")
        case .failed: "failed"
        case .canceled: "canceled"
        }
    }

    private static func text(_ summary: LayerSummary) -> String {
        "\(summary.layer.descriptor.digest): \(summary.entryCount) entries, \(size(summary.tarSize)), "
            + "\(size(summary.layer.descriptor.size)) compressed"
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
