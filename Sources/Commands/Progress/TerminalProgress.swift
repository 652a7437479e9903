import Builder
import OCI
import Terminal

/// A build's progress as a terminal shows it: a header, and a line for each step, drawn again as it goes on.
struct TerminalProgress: Sendable {
    var model = ProgressModel()
    private let start: ContinuousClock.Instant
    private var drawnLines = 0
    /// How much of the last output is shown below a step that runs.
    private static let windowHeight = 6
    private static let timeWidth = 8

    init(start: ContinuousClock.Instant) { self.start = start }

    /// The bytes that draw the present state over the last one.
    ///
    /// - Parameters:
    ///   - height: of the terminal; more lines would scroll, and could not be drawn over. `nil` shows all of them.
    mutating func drawing(on terminal: Terminal, height: Int?, at now: ContinuousClock.Instant) -> String {
        var lines = lines(on: terminal, at: now)
        if let height, lines.count > height - 1 {
            lines = [lines[0]] + lines.suffix(max(0, height - 2))
        }
        // Up to the first line, and nothing below it stays.
        let back = drawnLines == 0 ? "" : "\u{1B}[\(drawnLines)A\r\u{1B}[J"
        drawnLines = lines.count
        return "\u{1B}[?25l" + back + lines.map { $0 + "\n" }.joined() + "\u{1B}[?25h"
    }

    /// The state in lines, each within the terminal's width.
    func lines(on terminal: Terminal, at now: ContinuousClock.Instant) -> [String] {
        let width = terminal.width ?? 80
        let ended = model.steps.count { $0.state != .running }
        let time = Seconds.text(start.duration(to: now) / .seconds(1), digits: 1)
        let isOver = model.count > 0 && ended == model.count
        let header =
            "[+] Building \(time)s (\(ended)/\(max(model.count, model.steps.count)))\(isOver ? " FINISHED" : "")"
        var lines = [terminal.styled(DisplayText(header).shortened(to: width).description, .bold)]
        if model.steps.isEmpty { lines += model.resolving.map { " => resolving \($0)" } }
        for step in model.steps {
            lines.append(line(of: step, terminal, width, now))
            guard step.state == .running || step.state == .failed else { continue }
            let said = step.lines.suffix(Self.windowHeight)
            lines += said.map {
                terminal.styled(DisplayText(" => => # \($0)").shortened(to: width).description, .dim)
            }
        }
        return lines
    }

    private func line(
        of step: ProgressModel.Step, _ terminal: Terminal, _ width: Int, _ now: ContinuousClock.Instant
    ) -> String {
        let mark =
            switch step.state {
            case .cached: "CACHED "
            case .failed: "ERROR "
            case .canceled: "CANCELED "
            case .running, .done: ""
            }
        let time = Seconds.text(step.seconds(at: now), digits: 1) + "s"
        let room = max(0, width - Self.timeWidth)
        let title = DisplayText(" => \(mark)\(step.title)").shortened(to: room)
        let padding = String(repeating: " ", count: max(1, width - title.width - time.count))
        let style: Style? =
            switch step.state {
            case .failed: .red
            case .canceled: .yellow
            case .done, .cached: .cyan
            case .running: nil
            }
        return terminal.styled(title.description, style) + padding + time
    }
}
