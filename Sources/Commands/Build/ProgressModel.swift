import Builder
import Dockerfile
import OCI

/// What is known of a build that goes on.
///
/// One method takes each kind of event. Time is a parameter, counted from the build's begin: nothing here waits, or knows
/// a terminal.
struct ProgressModel: Sendable {
    /// An image that is brought.
    struct Image: Hashable, Sendable {
        var reference: String
        var began: Duration
        var ended: Duration?
        /// In bytes; what was here already does not count.
        var received: Int64 = 0
        var total: Int64 = 0
    }

    /// What an event changed, in the words of this model.
    enum Change: Sendable {
        case nothing
        case resolving(String)
        /// Some of an image that is brought, in bytes, and all of it.
        case received(String, Int64, of: Int64)
        case resolved(UsedBase)
        case began(StepProgress)
        /// Whole lines of a step's output, as they were written.
        case said(StepProgress, [String])
        case missed(StepProgress, reason: String)
        /// The rest is the output's last line, where no line break ended it.
        case ended(StepProgress, rest: String?)
        case warned(DockerfileWarning)
        case noted(String)
        case finished(Descriptor)
    }

    private struct Key: Hashable {
        var platform: Platform?
        var number: Int
    }

    private var table: [Key: StepProgress] = [:]
    private var platforms: [Platform?] = []
    /// How many steps each platform has.
    private var counts: [Platform?: Int] = [:]
    private(set) var images: [Image] = []
    private(set) var warnings: [DockerfileWarning] = []
    private(set) var notes: [String] = []
    /// Why the build failed.
    private(set) var failure: String?

    /// How many steps the build has, as far as it is known.
    var count: Int { counts.values.reduce(0, +) }

    /// Those that began, in the order of their numbers, platform after platform.
    var steps: [StepProgress] {
        platforms.flatMap { platform in
            table.filter { $0.key.platform == platform }.sorted { $0.key.number < $1.key.number }.map(\.value)
        }
    }

    /// The step whose failure ended the build.
    var failedStep: StepProgress? {
        let failed = steps.filter { $0.state == .failed }
        return failed.first { $0.message != nil } ?? failed.first
    }

    mutating func take(_ event: BuildProgress, of platform: Platform?, at time: Duration) -> Change {
        switch event {
        case .resolving(let reference): resolving(reference, at: time)
        case .received(let reference, let bytes, let total): received(bytes, of: total, reference)
        case .resolved(let base): resolved(base, at: time)
        case .began(let step): began(step, of: platform, at: time)
        case .output(let step, let bytes): said(bytes, by: step, of: platform)
        case .missed(let step, let reason): missed(step, of: platform, reason: reason)
        case .ended(let step, let outcome): ended(step, outcome, of: platform, at: time)
        case .warning(let warning): warned(warning)
        case .note(let text): noted(text)
        case .finished(let manifest): .finished(manifest)
        }
    }

    mutating func resolving(_ reference: String, at time: Duration) -> Change {
        // Each platform resolves it.
        guard !images.contains(where: { $0.reference == reference && $0.ended == nil }) else {
            return .nothing
        }
        images.append(Image(reference: reference, began: time))
        return .resolving(reference)
    }

    /// Each platform brings its own image of one name: the one that has come farthest is shown.
    mutating func received(_ bytes: Int64, of total: Int64, _ reference: String) -> Change {
        guard let index = images.lastIndex(where: { $0.reference == reference && $0.ended == nil }),
            bytes > images[index].received
        else { return .nothing }
        (images[index].received, images[index].total) = (bytes, total)
        return .received(reference, bytes, of: total)
    }

    /// Bases are told about when all of them are there.
    mutating func resolved(_ base: UsedBase, at time: Duration) -> Change {
        endImages(at: time)
        return .resolved(base)
    }

    private mutating func endImages(at time: Duration) {
        for index in images.indices where images[index].ended == nil { images[index].ended = time }
    }

    /// A step that began before begins anew.
    mutating func began(_ step: BuildProgress.Step, of platform: Platform?, at time: Duration) -> Change {
        endImages(at: time)
        if !platforms.contains(platform) { platforms.append(platform) }
        counts[platform] = step.count
        let key = Key(platform: platform, number: step.number)
        let number = platform == nil ? step.number : table[key]?.number ?? table.count + 1
        let shown = StepProgress(number: number, step, of: platform, at: time)
        table[key] = shown
        return .began(shown)
    }

    mutating func said(_ bytes: [UInt8], by step: BuildProgress.Step, of platform: Platform?) -> Change {
        change(step, of: platform) { shown in
            let lines = shown.say(bytes)
            return lines.isEmpty ? .nothing : .said(shown, lines)
        }
    }

    mutating func missed(_ step: BuildProgress.Step, of platform: Platform?, reason: String) -> Change {
        change(step, of: platform) { shown in
            shown.missReason = reason
            return .missed(shown, reason: reason)
        }
    }

    mutating func ended(
        _ step: BuildProgress.Step, _ outcome: BuildProgress.Step.Outcome, of platform: Platform?,
        at time: Duration
    ) -> Change {
        change(step, of: platform) { shown in
            let rest = shown.fallSilent()
            (shown.ended, shown.outcome) = (time, outcome)
            return .ended(shown, rest: rest)
        }
    }

    mutating func warned(_ warning: DockerfileWarning) -> Change {
        // Each platform reads the Dockerfile anew.
        let isKnown = warnings.contains {
            $0.rule == warning.rule && $0.message == warning.message && $0.range.start == warning.range.start
        }
        guard !isKnown else { return .nothing }
        warnings.append(warning)
        return .warned(warning)
    }

    mutating func noted(_ text: String) -> Change {
        notes.append(text)
        return .noted(text)
    }

    /// Takes the reason why the build failed: it belongs to the failed step of that line, or to the first.
    mutating func failed(_ message: String, at line: Int?) {
        failure = message
        let failed = steps.filter { $0.state == .failed }
        let isAt = { (step: StepProgress) in step.step.range.start.line <= line ?? 0 }
        let last = failed.filter(isAt).max { $0.step.range.start < $1.step.range.start }
        guard let step = last ?? failed.first else { return }
        table[Key(platform: step.platform, number: step.step.number)]?.message = message
    }

    /// What is told of a step that did not begin is about nothing: it was canceled before.
    private mutating func change(
        _ step: BuildProgress.Step, of platform: Platform?, _ change: (inout StepProgress) -> Change
    ) -> Change {
        let key = Key(platform: platform, number: step.number)
        guard var shown = table[key], shown.outcome == nil else { return .nothing }
        defer { table[key] = shown }
        return change(&shown)
    }
}
