import Builder
import Dockerfile
import Terminal

/// A form in which a build's progress is shown.
///
/// Each method returns text for standard error, to be written at once and a line break after each.
protocol ProgressRenderer: Sendable {
    /// The model changed.
    mutating func lines(_ change: ProgressModel.Change, _ model: ProgressModel, at time: Duration) -> [String]

    /// Time passed.
    mutating func tick(_ model: ProgressModel, at time: Duration) -> [String]

    /// A line that is no event, to be kept.
    mutating func announcement(_ line: String, _ model: ProgressModel, at time: Duration) -> [String]

    /// The build ended. Nothing is asked for afterwards, announcements excepted.
    mutating func end(_ model: ProgressModel, at time: Duration) -> [String]

    /// Whether the reader saw the whole output of steps.
    var showsOutput: Bool { get }
}

/// Shows nothing.
struct QuietProgress: ProgressRenderer {
    var showsOutput: Bool { false }

    func lines(_ change: ProgressModel.Change, _ model: ProgressModel, at time: Duration) -> [String] { [] }
    func tick(_ model: ProgressModel, at time: Duration) -> [String] { [] }
    func announcement(_ line: String, _ model: ProgressModel, at time: Duration) -> [String] { [] }
    func end(_ model: ProgressModel, at time: Duration) -> [String] { [] }
}

extension ProgressModel {
    /// What is likely wrong with the Dockerfile, as it is said when the build is over.
    var warningLines: [String] {
        guard !warnings.isEmpty else { return [] }
        let count = warnings.count == 1 ? "1 warning" : "\(warnings.count) warnings"
        return ["", " \(count) found (use --check to expand):"]
            + warnings.map { warning in
                let message = DisplayText(warning.message)
                return " - \(warning.rule.rawValue): \(message) (line \(warning.range.start.line))"
            }
    }
}
