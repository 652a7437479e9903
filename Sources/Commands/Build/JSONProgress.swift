import Builder
import Dockerfile
import FoundationEssentials
import OCI

/// A build's progress for programs: `--progress=json`, one ``ProgressRecord`` a line.
struct JSONProgress: ProgressRenderer {
    /// When the build began.
    let start: Date

    var showsOutput: Bool { true }

    func lines(_ change: ProgressModel.Change, _ model: ProgressModel, at time: Duration) -> [String] {
        records(change, at: time).compactMap(\.json)
    }

    func tick(_ model: ProgressModel, at time: Duration) -> [String] { [] }

    func announcement(_ line: String, _ model: ProgressModel, at time: Duration) -> [String] {
        lines(.noted(line), model, at: time)
    }

    func end(_ model: ProgressModel, at time: Duration) -> [String] {
        guard let reason = model.failure else { return [] }
        var failed = record(.failed, at: time, of: model.failedStep)
        failed.reason = reason
        return [failed].compactMap(\.json)
    }

    private func records(_ change: ProgressModel.Change, at time: Duration) -> [ProgressRecord] {
        var record = record(.note, at: time)
        switch change {
        case .nothing: return []
        case .resolving(let reference): (record.event, record.text) = (.resolving, reference)
        case .received(let reference, let bytes, let total):
            (record.event, record.text) = (.received, reference)
            (record.size, record.total) = (bytes, total)
        case .resolved(let base):
            (record.event, record.text, record.line) = (.resolved, base.reference.description, base.line)
            record.digest = base.digest.description
        case .began(let step): return [self.record(.began, at: time, of: step)]
        case .said(let step, let lines): return said(lines, by: step, at: time)
        case .missed(let step, let reason):
            record = self.record(.missed, at: time, of: step)
            record.reason = reason
        case .ended(let step, let rest):
            return said(rest.map { [$0] } ?? [], by: step, at: time) + [ended(step, at: time)]
        case .warned(let warning):
            (record.event, record.text, record.line) = (
                .warning, warning.message, warning.range.start.line
            )
            record.rule = warning.rule.rawValue
        case .noted(let text): record.text = text
        case .finished(let manifest):
            (record.event, record.digest, record.size) = (
                .finished, manifest.digest.description, manifest.size
            )
        }
        return [record]
    }

    private func said(_ lines: [String], by step: StepProgress, at time: Duration) -> [ProgressRecord] {
        lines.map { line in
            var record = record(.output, at: time, of: step)
            record.output = line
            return record
        }
    }

    private func ended(_ step: StepProgress, at time: Duration) -> ProgressRecord {
        var record = record(.ended, at: time, of: step)
        record.outcome =
            switch step.outcome {
            case .made: .made
            case .cached: .cached
            case .failed: .failed
            case .canceled: .canceled
            case nil, .done: .done
            }
        record.cached = record.outcome == .cached
        record.digest = step.layer?.layer.descriptor.digest.description
        record.entries = step.layer?.entryCount
        record.size = step.layer?.layer.descriptor.size
        return record
    }

    private func record(
        _ event: ProgressRecord.Event, at time: Duration, of step: StepProgress? = nil
    ) -> ProgressRecord {
        let date = start.addingTimeInterval(time / .seconds(1))
        return ProgressRecord(event, at: date, of: step)
    }
}
