import Builder
import OCI
import Terminal

/// A build's progress as lines that stay, in BuildKit's plain form.
struct PlainProgress: Sendable {
    private(set) var model = ProgressModel()
    /// Of which step the last line was.
    private var last: Int?

    mutating func lines(
        _ event: BuildProgress, of platform: Platform?, at now: ContinuousClock.Instant
    ) -> [String] {
        let rest: String? =
            if case .ended(let step, _) = event { endLine(of: step, platform) } else { nil }
        switch model.take(event, of: platform, at: now) {
        case .began(let place): return about(place, [model.steps[place].title])
        case .said(let place, let lines): return about(place, lines.map { stamped($0, place, now) })
        case .ended(let place):
            let unfinished = rest.map { [stamped($0, place, now)] } ?? []
            return about(place, unfinished + [end(model.steps[place], now)])
        case .none: break
        }
        switch event {
        case .resolving(let reference): return ["resolving \(reference)"]
        case .resolved(let base): return ["\(base.reference)@\(base.digest)"]
        case .missed(let step, let reason): return ["#\(step.number) not cached: \(reason)"]
        case .note(let text): return [text]
        case .finished(let manifest): return ["built \(manifest.digest)"]
        default: return []
        }
    }

    private mutating func endLine(of step: BuildProgress.Step, _ platform: Platform?) -> String? {
        guard let place = model.place(of: step, platform) else { return nil }
        return model.endLine(at: place)
    }

    /// An empty line stands between the lines of different steps.
    private mutating func about(_ place: Int, _ lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        defer { last = place }
        let number = model.steps[place].number
        let isOther = last.map { $0 != place } ?? false
        return (isOther ? [""] : []) + lines.map { "#\(number) \($0)" }
    }

    private func stamped(_ line: String, _ place: Int, _ now: ContinuousClock.Instant) -> String {
        "\(Seconds.text(model.steps[place].seconds(at: now), digits: 3)) \(line)"
    }

    private func end(_ step: ProgressModel.Step, _ now: ContinuousClock.Instant) -> String {
        switch step.state {
        case .cached: "CACHED"
        case .failed: "ERROR"
        case .canceled: "CANCELED"
        case .done, .running: "DONE \(Seconds.text(step.seconds(at: now), digits: 1))s"
        }
    }
}

/// Numbers of seconds as people read them.
enum Seconds {
    static func text(_ seconds: Double, digits: Int) -> String {
        let scale = digits == 1 ? 10 : 1000
        let rounded = Int((max(0, seconds) * Double(scale)).rounded())
        let rest = String(rounded % scale)
        return "\(rounded / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
