import Terminal

/// Standard output for commands whose exit status tells of a run: when its reader goes, the command still waits for
/// the run's end.
enum ClosableOutput {
    @Sendable static func write(_ bytes: [UInt8]) throws {
        do { try Surroundings.current.write(bytes) } catch OutputError.closed {
            // Nobody reads the log any more; the exit status is still wanted.
        }
    }
}
