import Builder
import OCI
import Terminal

/// What a terminal shows of a build at one moment, in lines that fit it.
struct ProgressFrame: Sendable {
    let model: ProgressModel
    let terminal: Terminal
    let time: Duration

    /// How many lines of output are shown below a step that runs.
    static let tailHeight = 6

    private struct Row {
        var text: String
        var isOver: Bool
        var tail: [String] = []
    }

    /// All that there is to say when the build is over.
    var finalRows: [String] { [header(isFinal: true)] + rows.map(\.text) }

    /// The lines while the build goes on.
    ///
    /// - Parameter height: of the terminal. More lines would scroll away, and could not be drawn over: output gives way
    ///   first, then what is over, then what began first.
    func rows(height: Int?) -> [String] {
        var rows = rows
        // One line is the header's, and one the cursor's.
        let room = height.map { max(0, $0 - 2) } ?? .max
        while rows.count > room { rows.remove(at: rows.firstIndex(where: \.isOver) ?? 0) }
        let speakers = rows.count { !$0.tail.isEmpty }
        let tail = speakers == 0 ? 0 : min(Self.tailHeight, (room - rows.count) / speakers)
        return [header(isFinal: false)] + rows.flatMap { [$0.text] + $0.tail.suffix(tail) }
    }

    private var rows: [Row] { model.images.map(row) + model.steps.map(row) }

    private var width: Int { max(1, terminal.width ?? 80) }

    private func header(isFinal: Bool) -> String {
        let steps = model.steps
        let over = steps.count { $0.state == .done || $0.state == .cached }
        let count = model.count == 0 ? "" : " (\(over)/\(model.count))"
        let mark = isFinal && over == model.count && over > 0 ? " FINISHED" : ""
        let text = DisplayText("[+] Building \(Seconds.text(time, digits: 1))s\(count)\(mark)")
        return terminal.styled(text.shortened(to: width).description, .bold)
    }

    private func row(_ image: ProgressModel.Image) -> Row {
        let passed = (image.ended ?? time) - image.began
        let style: Style? = image.ended == nil ? nil : .cyan
        let title = image.total == 0 ? "resolving" : "pulling"
        let amount =
            image.total == 0
            ? nil
            : image.received == image.total
                ? Quantity.size(bytes: image.total)
                : "\(Quantity.size(bytes: image.received)) of \(Quantity.size(bytes: image.total))"
        return Row(
            text: line("\(title) \(image.reference)", passed, amount: amount, style: style),
            isOver: image.ended != nil)
    }

    private func row(_ step: StepProgress) -> Row {
        let (mark, style): (String, Style?) =
            switch step.state {
            case .running: ("", nil)
            case .done: ("", .cyan)
            case .cached: ("CACHED ", .cyan)
            case .failed: ("ERROR ", .red)
            case .canceled: ("CANCELED ", .yellow)
            }
        let text = line(
            mark + step.title, step.elapsed(at: time),
            amount: step.layer.flatMap { $0.tarSize > 0 ? Quantity.size(bytes: $0.tarSize) : nil },
            style: style)
        return Row(text: text, isOver: step.state != .running, tail: tail(of: step))
    }

    /// ` => text      12.3 MB  1.3s`.
    private func line(_ text: String, _ passed: Duration, amount: String?, style: Style?) -> String {
        let end = "\(amount.map { $0 + "  " } ?? "")\(Seconds.text(passed, digits: 1))s"
        let left = DisplayText(" => \(text)").shortened(to: max(0, width - end.count - 1))
        let padding = String(repeating: " ", count: max(0, width - left.width - end.count))
        // Where there is no room for both, the time gives way.
        guard left.width + padding.count + end.count <= width else {
            return terminal.styled(DisplayText(" => \(text)").shortened(to: width).description, style)
        }
        return terminal.styled(left.description + padding + end, style)
    }

    private func tail(of step: StepProgress) -> [String] {
        guard step.state == .running else { return [] }
        let reason = step.missReason.map { ["not cached: \($0)"] } ?? []
        return (reason + step.shownOutput).suffix(Self.tailHeight).map { text in
            terminal.styled(DisplayText(" => => # \(text)").shortened(to: width).description, .dim)
        }
    }
}
