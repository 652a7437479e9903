import Dispatch
import Glibc
import Synchronization

/// Takes signals from their default action for as long as it is not released.
final class SignalTrap: Sendable {
    private let numbers: [Int32]
    private let sources: Mutex<[any DispatchSourceSignal]>

    /// - Parameter catch: called for each signal, on a queue of its own.
    init(_ numbers: [Int32], catch: @escaping @Sendable () -> Void) {
        self.numbers = numbers
        sources = Mutex(
            numbers.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number)
                source.setEventHandler { `catch`() }
                source.resume()
                return source
            })
    }

    /// Gives the signals back their default action.
    func release() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
        for number in numbers { signal(number, SIG_DFL) }
    }
}
