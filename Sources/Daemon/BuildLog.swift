import Builder
import Synchronization

/// Turns a build's events into the lines of its run's log.
final class BuildLog: Sendable {
    /// What steps said of lines that are not whole yet, by their number.
    private let partial = Mutex<[Int: [UInt8]]>([:])
    /// A line that never ends is written in pieces of this size.
    private static let longestLine = 16 << 10

    func lines(_ event: BuildProgress) -> [String] {
        switch event {
        case .output(let step, let bytes): output(bytes, of: step)
        case .ended(let step, _): rest(of: step) + event.lines
        default: event.lines
        }
    }

    private func output(_ bytes: [UInt8], of step: BuildProgress.Step) -> [String] {
        partial.withLock { partial in
            let text = (partial.removeValue(forKey: step.number) ?? []) + bytes
            var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let rest = lines.popLast() ?? []
            if rest.count >= Self.longestLine {
                lines.append(rest)
            } else {
                partial[step.number] = Array(rest)
            }
            return lines.map { Self.line(Array($0), of: step) }
        }
    }

    private func rest(of step: BuildProgress.Step) -> [String] {
        let rest = partial.withLock { $0.removeValue(forKey: step.number) } ?? []
        return rest.isEmpty ? [] : [Self.line(rest, of: step)]
    }

    private static func line(_ bytes: [UInt8], of step: BuildProgress.Step) -> String {
        "[\(step.number)/\(step.count)] | \(String(decoding: bytes, as: UTF8.self))"
    }
}
