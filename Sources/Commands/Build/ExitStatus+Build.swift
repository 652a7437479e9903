extension ExitStatus {
    /// The same in `slipway build`'s words, which know 1 for the user's fault, 2 for usage and 3 for the world's.
    ///
    /// What is not there or is refused was named or written by the user.
    var ofBuild: ExitStatus {
        switch self {
        case .notFound, .refused: .failed
        case .succeeded, .failed, .usage, .unreachable: self
        }
    }
}
