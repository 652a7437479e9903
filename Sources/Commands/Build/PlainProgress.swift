import Builder
import OCI
import Synchronization

/// A build's progress as lines that stay: BuildKit's plain form.
final class PlainProgress: Sendable {
    fileprivate struct State {
        var started: [Int: ContinuousClock.Instant] = [:]
        var partial: [Int: [UInt8]] = [:]
    }

    private let say: @Sendable (String) -> Void
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(say: @escaping @Sendable (String) -> Void, isQuiet: Bool) {
        self.say = say
        self.isQuiet = isQuiet
    }

    func show(_ event: BuildProgress) {
        if isQuiet { return }
        for line in state.withLock({ $0.lines(event, at: .now) }) { say(line) }
    }
}

extension PlainProgress.State {
    fileprivate mutating func lines(_ event: BuildProgress, at now: ContinuousClock.Instant) -> [String] {
        switch event {
        case .resolving(let reference): return ["resolving \(reference)"]
        case .resolved(let base): return ["\(base.reference)@\(base.digest)"]
        case .began(let step):
            started[step.number] = now
            return ["#\(step.number) [\(step.stage) \(step.position)/\(step.positions)] \(step.text)"]
        case .output(let step, let bytes): return output(step.number, bytes, now)
        case .missed(let step, let reason): return ["#\(step.number) not cached: \(reason)"]
        case .ended(let step, let outcome):
            let rest = output(step.number, [UInt8(ascii: "\n")], now, isEnd: true)
            return rest + ["#\(step.number) \(end(outcome, seconds(step.number, now)))"]
        case .warning(let warning): return ["warning: \(warning)"]
        case .note(let text): return [text]
        case .finished(let manifest): return ["built \(manifest.digest)"]
        }
    }

    private mutating func output(
        _ number: Int, _ bytes: [UInt8], _ now: ContinuousClock.Instant, isEnd: Bool = false
    ) -> [String] {
        var text = partial.removeValue(forKey: number) ?? []
        if isEnd, text.isEmpty { return [] }
        text += bytes
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if let last = lines.popLast(), !last.isEmpty { partial[number] = Array(last) }
        return lines.map { "#\(number) \(seconds(number, now)) \(String(decoding: $0, as: UTF8.self))" }
    }

    private func seconds(_ number: Int, _ now: ContinuousClock.Instant) -> String {
        let passed = started[number].map { ($0.duration(to: now)) / .seconds(1) } ?? 0
        let thousandths = Int((passed * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private func end(_ outcome: BuildProgress.Step.Outcome, _ seconds: String) -> String {
        switch outcome {
        case .done, .made: "DONE \(seconds)s"
        case .cached: "CACHED"
        case .failed: "ERROR"
        case .canceled: "CANCELED"
        }
    }
}
