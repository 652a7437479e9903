import Builder
import Dockerfile
import FoundationEssentials
import OCI

/// An event of a build as programs read it.
///
/// A key that has no value is left out. Names and meanings stay as they are; there may be more of them in time.
struct ProgressRecord: Encodable, Sendable {
    enum Event: String, Encodable, Sendable {
        /// An image is looked for: `text` is its name.
        case resolving
        /// Some of it has come: `text`, `size` and `total` in bytes.
        case received
        /// It is there: `text`, `digest`, and the `line` that names it.
        case resolved
        /// A step begins: `number`, `count`, `stage`, `position`, `positions`, `text`, `line`, as in all events of steps.
        case began
        /// A step wrote a line: `output`.
        case output
        /// A step is done again that was done before: `reason`.
        case missed
        /// A step is over: `outcome`, `cached`, and of its layer `digest`, `entries` and `size`.
        case ended
        /// Legal, but likely wrong: `rule`, `text`, `line`.
        case warning
        /// Anything else: `text`.
        case note
        /// The build failed: `reason`, and which step is to blame where one is.
        case failed
        /// There is an image: `digest` and `size` of its manifest.
        case finished
    }

    enum Outcome: String, Encodable, Sendable { case done, made, cached, failed, canceled }

    var event: Event
    /// RFC 3339 in UTC, with milliseconds.
    var time: String
    /// Of steps, where the build is for several.
    var platform: String?
    /// The step's, from 1 in its platform.
    var number: Int?
    /// How many steps its platform has.
    var count: Int?
    var stage: String?
    /// From 1 in the stage.
    var position: Int?
    var positions: Int?
    /// Of a step, its instruction.
    var text: String?
    /// In the Dockerfile, from 1.
    var line: Int?
    /// Without its line break; what is not UTF-8 is replaced, and what a carriage return overwrote is left out.
    var output: String?
    var outcome: Outcome?
    var cached: Bool?
    var digest: String?
    var entries: Int?
    /// As it is stored, in bytes.
    var size: Int64?
    var total: Int64?
    var reason: String?
    var rule: String?

    init(_ event: Event, at date: Date, of step: StepProgress?) {
        self.event = event
        time = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        guard let step else { return }
        platform = step.platform?.description
        (number, count, stage) = (step.step.number, step.step.count, step.step.stage)
        (position, positions) = (step.step.position, step.step.positions)
        (text, line) = (step.step.text, step.step.range.start.line)
    }

    /// The object on one line.
    var json: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and whole numbers can always be encoded.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}
