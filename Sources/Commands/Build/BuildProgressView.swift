import Builder
import Dockerfile
import FoundationEssentials
import Glibc
import OCI
import Synchronization
import Terminal

/// Shows on standard error how a build goes on.
///
/// Events may come from any thread, in order. What is written at the same time by others would disturb a terminal's
/// drawing: they use ``announce(_:)``.
final class BuildProgressView: Sendable {
    private struct State {
        var model = ProgressModel()
        var renderer: any ProgressRenderer
        var isOver = false
    }

    private let state: Mutex<State>
    private let say: @Sendable (String) -> Void
    private let start = ContinuousClock.now
    /// The shortest time between two drawings.
    private static let interval = Duration.milliseconds(100)

    init(_ renderer: any ProgressRenderer, say: @escaping @Sendable (String) -> Void) {
        state = Mutex(State(renderer: renderer))
        self.say = say
    }

    convenience init(_ form: ProgressForm, isQuiet: Bool, _ surroundings: Surroundings) {
        let environment = surroundings.environment
        let screen: @Sendable () -> TerminalProgress.Screen = {
            TerminalProgress.Screen(
                terminal: Terminal(fileDescriptor: STDERR_FILENO, environment: environment),
                height: TerminalSize(ofFileDescriptor: STDERR_FILENO)?.lines)
        }
        let canDraw = screen().terminal.isInteractive && !["", "dumb"].contains(environment["TERM"] ?? "")
        let renderer: any ProgressRenderer =
            switch form.settled(isQuiet: isQuiet, canDraw: canDraw) {
            case .quiet: QuietProgress()
            case .json, .rawjson: JSONProgress(start: Date())
            case .plain, .auto: PlainProgress()
            case .tty: TerminalProgress(screen: screen)
            }
        self.init(renderer, say: surroundings.say)
    }

    func show(_ event: BuildProgress, of platform: Platform? = nil) {
        write { state, time in
            let change = state.model.take(event, of: platform, at: time)
            return state.renderer.lines(change, state.model, at: time)
        }
    }

    /// Says a line that is no event of the build.
    func announce(_ line: String) {
        write(isLate: true) { state, time in state.renderer.announcement(line, state.model, at: time) }
    }

    /// Shows that time passes, until the task is canceled; after ``finish(_:)`` nothing moves any more.
    func animate() async {
        while !Task.isCancelled {
            // It ends early only when the task is canceled.
            try? await Task.sleep(for: Self.interval)
            write { state, time in state.renderer.tick(state.model, at: time) }
        }
    }

    /// Shows how the build ended; a second call does nothing.
    ///
    /// - Parameter error: why it failed.
    func finish(_ error: (any Error)? = nil) {
        write { state, time in
            if let error, !(error is CancellationError) {
                let (message, line) = BuildFailure.reason(error)
                state.model.failed(message, at: line)
            }
            state.isOver = true
            return state.renderer.end(state.model, at: time)
        }
    }

    /// The last output of the step that failed, where it was not shown already.
    var failureOutput: [String] {
        state.withLock { state in
            state.renderer.showsOutput ? [] : state.model.failedStep?.shownOutput ?? []
        }
    }

    /// Writes under the lock: lines of different threads keep their order.
    private func write(isLate: Bool = false, _ lines: (inout State, Duration) -> [String]) {
        state.withLock { state in
            guard isLate || !state.isOver else { return }
            for line in lines(&state, start.duration(to: .now)) { say(line) }
        }
    }
}

extension ProgressForm {
    /// The form that is meant where standard error can, or cannot, be drawn on.
    func settled(isQuiet: Bool, canDraw: Bool) -> ProgressForm {
        switch self {
        case _ where isQuiet: .quiet
        case .auto: canDraw ? .tty : .plain
        case .rawjson: .json
        case .plain, .tty, .json, .quiet: self
        }
    }
}

extension BuildFailure {
    /// The sentence without its place, and the line that it is about.
    fileprivate static func reason(_ error: any Error) -> (String, line: Int?) {
        switch error {
        case let error as DockerfileError: (error.message, error.range.start.line)
        default: ((commandError(error) as? CommandError)?.message ?? "\(error)", nil)
        }
    }
}
