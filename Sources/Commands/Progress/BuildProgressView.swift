import Builder
import Dockerfile
import FoundationEssentials
import Glibc
import OCI
import Synchronization
import Terminal

/// Shows how a build goes on, on standard error.
final class BuildProgressView: Sendable {
    private enum Form {
        case quiet(ProgressModel)
        case json
        case plain(PlainProgress)
        case terminal(TerminalProgress)
    }

    private struct State {
        var form: Form
        var warnings: [String] = []
        var failureOutput: [String] = []
    }

    private let state: Mutex<State>
    private let say: @Sendable (String) -> Void
    private let terminal: Terminal
    private static let redrawInterval = Duration.milliseconds(100)

    init(_ form: ProgressForm, isQuiet: Bool, _ surroundings: Surroundings) {
        say = surroundings.say
        terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: surroundings.environment)
        let isDrawn =
            form == .tty || form == .auto && terminal.isInteractive && terminal.hasCursor(surroundings)
        let chosen: Form =
            switch form {
            case _ where isQuiet: .quiet(ProgressModel())
            case .quiet: .quiet(ProgressModel())
            case .json, .rawjson: .json
            case .auto, .plain, .tty:
                isDrawn ? .terminal(TerminalProgress(start: .now)) : .plain(PlainProgress())
            }
        state = Mutex(State(form: chosen))
    }

    func show(_ event: BuildProgress, of platform: Platform?) {
        let lines = state.withLock { state -> [String] in
            if case .warning(let warning) = event { state.warnings.append(warning.description) }
            switch state.form {
            case .quiet(var model):
                _ = model.take(event, of: platform, at: .now)
                state.form = .quiet(model)
                return []
            case .json:
                // A line that cannot be encoded would be a mistake of ours; the build goes on without it.
                return (try? ProgressLine(event, of: platform, at: Date()).json).map { [$0] } ?? []
            case .plain(var plain):
                let lines = plain.lines(event, of: platform, at: .now)
                state.form = .plain(plain)
                return lines
            case .terminal(var screen):
                _ = screen.model.take(event, of: platform, at: .now)
                state.form = .terminal(screen)
                return []
            }
        }
        for line in lines { say(line) }
    }

    /// Draws again and again, until the task is canceled. Only a terminal needs it.
    func animate() async {
        while !Task.isCancelled {
            draw(isLast: false)
            // It ends early only when the task is canceled.
            try? await Task.sleep(for: Self.redrawInterval)
        }
    }

    private func draw(isLast: Bool) {
        let text = state.withLock { state -> String? in
            guard case .terminal(var screen) = state.form else { return nil }
            var now = terminal
            now.width = Terminal(fileDescriptor: STDERR_FILENO, environment: [:]).width ?? terminal.width
            let text = screen.drawing(
                on: now, height: isLast ? nil : Terminal.height(of: STDERR_FILENO), at: .now)
            state.form = .terminal(screen)
            return text
        }
        // Who cannot be shown anything cannot be told that either.
        if let text { try? OutputFile.standardError.write(Array(text.utf8)) }
    }

    /// Shows the end, and what is likely wrong with the Dockerfile.
    func finish() {
        draw(isLast: true)
        let warnings = state.withLock { state -> [String] in
            switch state.form {
            case .quiet, .json: []
            case .plain, .terminal: state.warnings
            }
        }
        guard !warnings.isEmpty else { return }
        say("")
        let count = warnings.count == 1 ? "1 warning" : "\(warnings.count) warnings"
        say("\(count) found (use --check to see \(warnings.count == 1 ? "it" : "them") in the Dockerfile):")
        for warning in warnings { say(" - \(warning)") }
    }

    /// What the step that failed said last, where it was not shown already.
    var failureOutput: [String] {
        state.withLock { state in
            switch state.form {
            case .quiet(let model): model.failureOutput
            case .json, .plain, .terminal: []
            }
        }
    }
}

extension Terminal {
    /// Whether lines can be drawn over.
    fileprivate func hasCursor(_ surroundings: Surroundings) -> Bool {
        let kind = surroundings.environment["TERM"] ?? ""
        return !kind.isEmpty && kind != "dumb"
    }
}
