package import Dockerfile

/// What the world did not give, and the place in the Dockerfile that asked for it: a registry's or a server's refusal,
/// a full disk, a container that could not be started.
package struct LocatedError: Error, CustomStringConvertible {
    package let range: SourceRange
    package let cause: any Error

    package var description: String { "\(range): \(cause)" }

    /// The error with its place; one that has a place already, or says that nobody wants the result any more, as it is.
    static func at(_ range: SourceRange, _ error: any Error) -> any Error {
        switch error {
        case is DockerfileError, is LocatedError, is CancellationError: error
        default: LocatedError(range: range, cause: error)
        }
    }
}
