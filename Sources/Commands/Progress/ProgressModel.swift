import Builder
import Dockerfile
import OCI
import Terminal

/// What is known of a build that goes on; one method takes an event, and time is told, so that nothing here waits.
struct ProgressModel: Sendable {
    /// A step as it is shown.
    struct Step: Sendable {
        enum State: Hashable, Sendable { case running, done, cached, failed, canceled }

        /// By which it is called, from 1.
        var number: Int
        /// `[builder 2/5] RUN make`, with the platform in front where there are several.
        var title: String
        var state = State.running
        var started: ContinuousClock.Instant
        var ended: ContinuousClock.Instant?
        /// The last lines of what its command said, harmless to show.
        var lines: [String] = []
        /// The beginning of a line that is not whole yet.
        var partial: [UInt8] = []

        func seconds(at now: ContinuousClock.Instant) -> Double {
            (started.duration(to: ended ?? now)) / .seconds(1)
        }
    }

    private struct Key: Hashable {
        var platform: Platform?
        var number: Int
    }

    private(set) var steps: [Step] = []
    private var places: [Key: Int] = [:]
    private(set) var warnings: [DockerfileWarning] = []
    /// Images that are being brought.
    private(set) var resolving: [String] = []
    /// How many steps the build has, as far as it is known.
    private(set) var count = 0
    private var counts: [Platform?: Int] = [:]
    private static let keptLines = 12
    /// A line that is longer is cut where it is shown anyway.
    private static let longestLine = 4096

    /// What an event changed.
    enum Change: Sendable {
        case none
        case began(Int)
        /// Whole lines of a step's output.
        case said(Int, [String])
        case ended(Int)
    }

    /// Takes an event; steps in the result are places in ``steps``.
    mutating func take(
        _ event: BuildProgress, of platform: Platform?, at now: ContinuousClock.Instant
    ) -> Change {
        switch event {
        case .resolving(let reference): resolving.append(reference)
        case .warning(let warning): if !warnings.contains(warning) { warnings.append(warning) }
        case .began(let step): return begin(step, platform, now)
        case .output(let step, let bytes):
            guard let place = places[Key(platform: platform, number: step.number)] else { return .none }
            return .said(place, say(bytes, at: place))
        case .ended(let step, let outcome):
            guard let place = places[Key(platform: platform, number: step.number)] else { return .none }
            steps[place].state = outcome.state
            steps[place].ended = now
            return .ended(place)
        case .resolved, .missed, .note, .finished: break
        }
        return .none
    }

    /// Where a step is in ``steps``.
    func place(of step: BuildProgress.Step, _ platform: Platform?) -> Int? {
        places[Key(platform: platform, number: step.number)]
    }

    private mutating func begin(
        _ step: BuildProgress.Step, _ platform: Platform?, _ now: ContinuousClock.Instant
    ) -> Change {
        counts[platform] = step.count
        count = counts.values.reduce(0, +)
        let prefix = platform.map { "\($0) " } ?? ""
        let title = DisplayText("[\(prefix)\(step.stage) \(step.position)/\(step.positions)] \(step.text)")
        let number = platform == nil ? step.number : steps.count + 1
        places[Key(platform: platform, number: step.number)] = steps.count
        steps.append(Step(number: number, title: title.description, started: now))
        return .began(steps.count - 1)
    }

    /// Returns the lines that are whole now.
    private mutating func say(_ bytes: [UInt8], at place: Int) -> [String] {
        let text = steps[place].partial + bytes
        var pieces = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var rest = Array(pieces.popLast() ?? [])
        if rest.count > Self.longestLine {
            pieces.append(rest[...])
            rest = []
        }
        steps[place].partial = rest
        let lines = pieces.map(Self.shown)
        steps[place].lines = (steps[place].lines + lines).suffix(Self.keptLines)
        return lines
    }

    /// The rest of a line that its step never ended; afterwards it counts as a line.
    mutating func endLine(at place: Int) -> String? {
        guard !steps[place].partial.isEmpty else { return nil }
        return say([UInt8(ascii: "\n")], at: place).first
    }

    /// What a terminal would show of a line: behind the last carriage return, without what would steer it.
    private static func shown(_ line: ArraySlice<UInt8>) -> String {
        var line = line
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line.split(separator: UInt8(ascii: "\r")).last ?? [], as: UTF8.self)
        return DisplayText(EscapeSequences.removed(from: text)).description
    }

    /// The last lines of the step that failed.
    var failureOutput: [String] { steps.last { $0.state == .failed }?.lines ?? [] }
}

extension BuildProgress.Step.Outcome {
    fileprivate var state: ProgressModel.Step.State {
        switch self {
        case .done, .made: .done
        case .cached: .cached
        case .failed: .failed
        case .canceled: .canceled
        }
    }
}

/// What programs write to colour their output (ECMA-48): nobody asked for it here.
enum EscapeSequences {
    static func removed(from text: String) -> String {
        guard text.unicodeScalars.contains("\u{1B}") else { return text }
        var kept = String.UnicodeScalarView()
        var isSequence = false
        var isFirst = false
        for scalar in text.unicodeScalars {
            if scalar == "\u{1B}" {
                (isSequence, isFirst) = (true, true)
            } else if isSequence {
                // `[` begins a sequence with parameters; any other character is all of one.
                let isEnd = isFirst ? scalar != "[" : (0x40...0x7E).contains(scalar.value)
                isFirst = false
                if isEnd { isSequence = false }
            } else {
                kept.append(scalar)
            }
        }
        return String(kept)
    }
}
