import Logging

/// Tells faults, and their ends.
actor FaultBoard {
    /// Gets a fault's message, or `nil` for the end of it, and its subject.
    private let fault: @Sendable (String?, String) async -> Void
    private let logger: Logger
    private var standing: [String: Bool] = [:]

    init(logger: Logger, fault: @escaping @Sendable (String?, String) async -> Void) {
        self.logger = logger
        self.fault = fault
    }

    /// Tells a fault, each time that it is seen.
    func raise(_ message: String, _ subject: String) async {
        if standing.updateValue(true, forKey: subject) != true {
            logger.warning(
                "Source cannot be seen", metadata: ["subject": "\(subject)", "error": "\(message)"])
        }
        await fault(message, subject)
    }

    /// Tells the end of a fault once, and once at first, for a fault that stood when the daemon stopped.
    func clear(_ subject: String) async {
        let before = standing.updateValue(false, forKey: subject)
        guard before != false else { return }
        if before == true { logger.info("Source can be seen again", metadata: ["subject": "\(subject)"]) }
        await fault(nil, subject)
    }
}
