import Builder
import OCI
import Terminal

/// A step of a build as it is shown. Times count from the build's begin.
struct StepProgress: Sendable {
    enum State: Hashable, Sendable { case running, done, cached, failed, canceled }

    /// By which it is called, from 1; those of several platforms are counted as they begin.
    let number: Int
    let step: BuildProgress.Step
    /// `nil` where the build is for one.
    let platform: Platform?
    let began: Duration
    var ended: Duration?
    var outcome: BuildProgress.Step.Outcome?
    /// Why it failed, where that is known.
    var message: String?
    /// Why it is done again that was done before.
    var missReason: String?
    private(set) var output = OutputLines()
    /// The last whole lines of its output.
    private(set) var lastLines: [String] = []

    /// How many lines of output are kept.
    static let keptLines = 10

    init(
        number: Int, _ step: BuildProgress.Step, of platform: Platform?, at time: Duration
    ) {
        self.number = number
        self.step = step
        self.platform = platform
        began = time
    }

    var state: State {
        switch outcome {
        case nil: .running
        case .done, .made: .done
        case .cached: .cached
        case .failed: .failed
        case .canceled: .canceled
        }
    }

    /// `[builder 2/5] RUN make`, and without the stage's name where there is only one.
    var title: String {
        let isAlone = step.count == step.positions
        let words = [platform?.description, isAlone ? nil : step.stage, "\(step.position)/\(step.positions)"]
        return DisplayText("[\(words.compactMap { $0 }.joined(separator: " "))] \(step.text)").description
    }

    /// The layer that it made or found.
    var layer: LayerSummary? {
        switch outcome {
        case .made(let layer): layer
        case .cached(let layer): layer
        case nil, .done, .failed, .canceled: nil
        }
    }

    func elapsed(at time: Duration) -> Duration { (ended ?? time) - began }

    /// Takes a piece of output, and returns the lines that are whole now.
    mutating func say(_ bytes: [UInt8]) -> [String] {
        let lines = output.append(bytes)
        keep(lines)
        return lines
    }

    /// Ends the output, and returns its last line where no line break did.
    mutating func fallSilent() -> String? {
        guard let line = output.finish() else { return nil }
        keep([line])
        return line
    }

    private mutating func keep(_ lines: [String]) {
        lastLines = (lastLines + lines.suffix(Self.keptLines)).suffix(Self.keptLines)
    }

    /// The last lines of the output, the one that goes on included, harmless to show.
    var shownOutput: [String] {
        let partial = output.partial
        let lines = partial.isEmpty ? lastLines : (lastLines + [partial]).suffix(Self.keptLines)
        return lines.map { DisplayText(output: $0).description }
    }
}

/// Lengths of time as BuildKit writes them.
enum Seconds {
    /// A number of seconds with so many digits behind the point, and without a unit.
    static func text(_ duration: Duration, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let rounded = Int((max(.zero, duration) / .seconds(1) * Double(scale)).rounded())
        let rest = String(rounded % scale)
        return "\(rounded / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
