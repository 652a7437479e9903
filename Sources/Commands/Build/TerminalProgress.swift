import Builder
import OCI
import Terminal

/// A build's progress as a terminal shows it: a header and a line for each step, drawn over as it goes on.
struct TerminalProgress: ProgressRenderer {
    /// What is known of the terminal at the moment: a person may change its size.
    struct Screen: Sendable {
        var terminal: Terminal
        /// How many lines it shows; `nil` where nothing limits them.
        var height: Int?
    }

    private let screen: @Sendable () -> Screen
    private var area = LiveArea()
    private var isOver = false

    init(screen: @escaping @Sendable () -> Screen) { self.screen = screen }

    var showsOutput: Bool { false }

    /// Nothing is drawn at once: the next tick shows all that happened.
    func lines(_ change: ProgressModel.Change, _ model: ProgressModel, at time: Duration) -> [String] { [] }

    mutating func tick(_ model: ProgressModel, at time: Duration) -> [String] {
        let screen = screen()
        let frame = ProgressFrame(model: model, terminal: screen.terminal, time: time)
        return draw(frame.rows(height: screen.height))
    }

    mutating func announcement(_ line: String, _ model: ProgressModel, at time: Duration) -> [String] {
        guard !isOver else { return [line] }
        let screen = screen()
        let frame = ProgressFrame(model: model, terminal: screen.terminal, time: time)
        return draw(frame.rows(height: screen.height), above: [line])
    }

    mutating func end(_ model: ProgressModel, at time: Duration) -> [String] {
        isOver = true
        let terminal = screen().terminal
        let lines = draw(ProgressFrame(model: model, terminal: terminal, time: time).finalRows)
        area.release()
        let warnings = model.warningLines.map { terminal.styled($0, .yellow) }
        return lines + model.notes.map { DisplayText($0).description } + warnings
    }

    /// A header alone is not drawn: what is wrong with the command line is said without one.
    private mutating func draw(_ rows: [String], above: [String] = []) -> [String] {
        area.drawing(of: rows.count > 1 ? rows : [], above: above).map { [$0] } ?? []
    }
}
