/// The name of a run: `r1`, `r2`, …
package struct RunID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    /// Reads `r12`; returns `nil` for other texts.
    package init?(_ text: some StringProtocol) {
        guard text.first == "r", let number = Int64(text.dropFirst()), number > 0 else { return nil }
        self.number = number
    }

    package var description: String { "r\(number)" }

    package static func < (a: RunID, b: RunID) -> Bool { a.number < b.number }

    package init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// Where a run stands.
package enum RunState: String, Hashable, Sendable, Codable, CaseIterable {
    case queued
    case running
    case succeeded
    /// A step failed by the user's doing.
    case failed
    case canceled
    case timedOut
    /// The daemon or the world failed, and retrying did not help.
    case errored
    case skipped

    /// Whether nothing more will happen to the run.
    package var isFinal: Bool { self != .queued && self != .running }
}

/// Where a step stands.
package enum StepState: String, Hashable, Sendable, Codable {
    case pending
    case running
    case succeeded
    case failed
    /// It failed, and the task says to ignore that.
    case ignored
    case timedOut
    case canceled
    case skipped
}

/// One execution of one task version, as it stands in the database.
package struct Run: Hashable, Sendable {
    package var id: RunID
    package var taskID: Int64?
    package var taskName: String
    package var taskVersion: Int
    /// The task file's text and name, as they were when the run was queued.
    package var text: String
    package var file: String
    package var state: RunState
    package var message: String?
    package var created: Timestamp
    package var notBefore: Timestamp
    package var started: Timestamp?
    package var finished: Timestamp?
    /// How often the run was claimed; a claim's writes count only while this is still its number.
    package var attempt: Int
    package var retries: Int
    package var source: String?
    package var commit: String?
    package var branch: String?
    /// The digest of an uploaded context.
    package var context: String?

    /// Seconds from start to end, or to `now`.
    package func seconds(at now: Timestamp) -> Double? {
        started.map { (finished ?? now).seconds(since: $0) }
    }
}

/// One step of a run.
package struct RunStep: Hashable, Sendable {
    package var position: Int
    package var id: String
    package var kind: String
    package var state: StepState
    package var message: String?
    package var started: Timestamp?
    package var finished: Timestamp?

    package init(position: Int, id: String, kind: String) {
        self.position = position
        self.id = id
        self.kind = kind
        state = .pending
    }
}

/// Why a run exists: an event, and where the task depends on what changed.
package struct Cause: Hashable, Sendable {
    package var eventID: Int64
    package var time: Timestamp
    package var change: Change
    package var place: BasePlace?

    /// A sentence for people, without a final period.
    package var summary: String {
        guard case .baseImage(let change) = change, let place else { return change.summary }
        let from = place.previousDigest.map { " from digest \($0)" } ?? ""
        return "base image \(change.reference) moved\(from) to digest \(change.digest), "
            + "found in `\(place.instruction)` of \(place.file) line \(place.line)"
    }
}

/// An image that a run's build stands on.
package struct RunBase: Hashable, Sendable {
    package var reference: String
    package var digest: String
    /// Whether the final stage stands on it.
    package var isRuntime: Bool
    package var place: BasePlace

    package init(reference: String, digest: String, isRuntime: Bool, place: BasePlace) {
        self.reference = reference
        self.digest = digest
        self.isRuntime = isRuntime
        self.place = place
    }
}

/// A tag that a run published.
package struct RunOutput: Hashable, Sendable {
    package var reference: String
    package var digest: String

    package init(reference: String, digest: String) {
        self.reference = reference
        self.digest = digest
    }
}
