import Builder
import OCI
import Terminal

/// A build's progress as lines that stay: BuildKit's plain form.
///
/// Steps go on side by side, and their lines would be a mess: one step has the floor, and the lines of the others are
/// held back until it ends, has been silent for a while, or has spoken for long.
struct PlainProgress: ProgressRenderer {
    /// What is held back of a step.
    private struct Waiting {
        var number: Int
        var title: String
        var lines: [String] = []
        var isEnded = false
    }

    private enum Written { case nothing, step, other }

    /// In the order in which they began to wait.
    private var waiting: [Waiting] = []
    /// The number of the step that has the floor.
    private var speaker: Int?
    private var spokeFirst = Duration.zero
    private var spokeLast = Duration.zero
    private var written = Written.nothing

    /// How long the step that has the floor may be silent when others wait.
    static let patience = Duration.seconds(1)
    /// How long it may speak when others wait.
    static let longestSpeech = Duration.seconds(10)
    /// How many lines may be held back.
    static let mostHeldLines = 1000

    var showsOutput: Bool { true }

    mutating func lines(
        _ change: ProgressModel.Change, _ model: ProgressModel, at time: Duration
    ) -> [String] {
        switch change {
        case .nothing, .warned: return []
        case .received(let reference, let bytes, let total):
            guard bytes == total else { return [] }
            return outside("pulled \(Quantity.size(bytes: total)) of \(DisplayText(reference))")
        case .resolving(let reference): return outside("resolving \(DisplayText(reference))")
        case .resolved(let base): return outside("resolved \(base.reference)@\(base.digest)")
        case .noted(let text): return outside(DisplayText(text).description)
        case .finished(let manifest):
            return release(at: time, isLast: true) + outside("built \(manifest.digest)")
        case .began(let step): hold([], of: step)
        case .said(let step, let lines): hold(lines.map { stamped($0, step, time) }, of: step)
        case .missed(let step, let reason): hold(["not cached: \(DisplayText(reason))"], of: step)
        case .ended(let step, let rest):
            hold(rest.map { [stamped($0, step, time)] } ?? [], of: step)
            // Why a step failed is known only when the build has ended.
            if step.state != .failed { hold([end(step)], of: step, isEnd: true) }
        }
        return release(at: time)
    }

    mutating func tick(_ model: ProgressModel, at time: Duration) -> [String] { release(at: time) }

    mutating func announcement(_ line: String, _ model: ProgressModel, at time: Duration) -> [String] {
        outside(line)
    }

    mutating func end(_ model: ProgressModel, at time: Duration) -> [String] {
        for step in model.steps where step.state == .failed { hold([end(step)], of: step, isEnd: true) }
        return release(at: time, isLast: true) + model.warningLines
    }

    private func stamped(_ line: String, _ step: StepProgress, _ time: Duration) -> String {
        "\(Seconds.text(step.elapsed(at: time), digits: 3)) \(DisplayText(output: line))"
    }

    private func end(_ step: StepProgress) -> String {
        switch step.state {
        case .done, .running: "DONE \(Seconds.text(step.elapsed(at: step.began), digits: 1))s"
        case .cached: "CACHED"
        case .failed: "ERROR" + (step.message.map { ": \(DisplayText($0))" } ?? "")
        case .canceled: "CANCELED"
        }
    }

    /// A line that is of no step.
    private mutating func outside(_ line: String) -> [String] {
        defer { written = .other }
        return written == .step ? ["", line] : [line]
    }
}

// MARK: - Who has the floor
extension PlainProgress {
    private mutating func hold(_ lines: [String], of step: StepProgress, isEnd: Bool = false) {
        let place = waiting.firstIndex { $0.number == step.number } ?? waiting.endIndex
        if place == waiting.endIndex { waiting.append(Waiting(number: step.number, title: step.title)) }
        waiting[place].lines += lines
        waiting[place].isEnded = waiting[place].isEnded || isEnd
    }

    /// The lines that may be written now.
    private mutating func release(at time: Duration, isLast: Bool = false) -> [String] {
        var lines: [String] = []
        while true {
            if let speaker, let place = waiting.firstIndex(where: { $0.number == speaker }) {
                let own = waiting.remove(at: place)
                if written == .other { lines += ["", "#\(own.number) \(own.title)"] }
                lines += own.lines.map { "#\(own.number) \($0)" }
                (spokeLast, written) = (time, .step)
                if own.isEnded { self.speaker = nil }
            } else if let next = waiting.first, isLast || mayInterrupt(at: time) {
                lines += heading(next)
                (speaker, written) = (next.number, .step)
                (spokeFirst, spokeLast) = (time, time)
            } else {
                return lines
            }
        }
    }

    private func mayInterrupt(at time: Duration) -> Bool {
        speaker == nil || time - spokeLast >= Self.patience || time - spokeFirst >= Self.longestSpeech
            || waiting.reduce(0) { $0 + $1.lines.count } > Self.mostHeldLines
    }

    /// A step that has to leave the floor before it ends says that it goes on.
    private func heading(_ next: Waiting) -> [String] {
        (speaker.map { ["#\($0) ..."] } ?? []) + (written == .nothing ? [] : [""])
            + ["#\(next.number) \(next.title)"]
    }
}
