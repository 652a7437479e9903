import Builder
import Dockerfile
import FoundationEssentials
import OCI

/// An event of a build as programs read it: `--progress=json`, one object a line. The names do not change; there may be
/// more of them in time.
struct ProgressLine: Encodable {
    /// `resolving`, `resolved`, `began`, `output`, `missed`, `ended`, `warning`, `note` or `finished`.
    var event: String
    /// RFC 3339, in UTC.
    var time: String
    /// Where there are several.
    var platform: String?
    var reference: String?
    var digest: String?
    /// The step's number in the build, from 1.
    var number: Int?
    var count: Int?
    var stage: String?
    var position: Int?
    var positions: Int?
    /// The instruction; of an output what was said, of a warning or note its sentence.
    var text: String?
    var line: Int?
    /// `done`, `made`, `cached`, `failed` or `canceled`.
    var outcome: String?
    var entries: Int?
    /// Of a layer, compressed, in bytes.
    var size: Int64?
    var reason: String?
    var rule: String?

    init(_ event: BuildProgress, of platform: Platform?, at date: Date) {
        self.event = ""
        time = date.formatted(.iso8601)
        self.platform = platform?.description
        switch event {
        case .resolving(let reference): (self.event, self.reference) = ("resolving", reference)
        case .resolved(let base):
            (self.event, reference, digest) = ("resolved", "\(base.reference)", "\(base.digest)")
            line = base.line
        case .began(let step): set("began", step)
        case .output(let step, let bytes):
            set("output", step)
            text = String(decoding: bytes, as: UTF8.self)
        case .missed(let step, let reason):
            set("missed", step)
            self.reason = reason
        case .ended(let step, let outcome):
            set("ended", step)
            set(outcome)
        case .warning(let warning):
            (self.event, text, rule) = ("warning", warning.message, warning.rule.rawValue)
            line = warning.range.start.line
        case .note(let text): (self.event, self.text) = ("note", text)
        case .finished(let manifest): (self.event, digest) = ("finished", "\(manifest.digest)")
        }
    }

    private mutating func set(_ event: String, _ step: BuildProgress.Step) {
        self.event = event
        (number, count, stage) = (step.number, step.count, step.stage)
        (position, positions) = (step.position, step.positions)
        (text, line) = (step.text, step.range.start.line)
    }

    private mutating func set(_ outcome: BuildProgress.Step.Outcome) {
        switch outcome {
        case .done: self.outcome = "done"
        case .made(let summary): set("made", summary)
        case .cached(let summary): set("cached", summary)
        case .failed: self.outcome = "failed"
        case .canceled: self.outcome = "canceled"
        }
    }

    private mutating func set(_ outcome: String, _ summary: LayerSummary) {
        self.outcome = outcome
        digest = "\(summary.layer.descriptor.digest)"
        (entries, size) = (summary.entryCount, summary.layer.descriptor.size)
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
