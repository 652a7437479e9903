import OCI

@testable import Builder
@testable import Commands
@testable import Dockerfile

/// Events of a build of two stages, made up.
enum ProgressEvents {
    /// A step of stage `builder`, which is the first of a Dockerfile of two.
    static func step(
        _ number: Int, _ text: String = "RUN make", of count: Int = 5
    ) throws -> BuildProgress.Step {
        let lines = (1...max(count, number)).map { "FROM a\($0)\n" }.joined()
        let source = SourceText(Array(lines.utf8), file: "Dockerfile")
        let range = SourceRange(
            source: source, start: SourcePosition(line: number, column: 1),
            end: SourcePosition(line: number, column: 7))
        return BuildProgress.Step(
            number: number, count: count, stage: "builder", position: number, positions: 3, text: text,
            range: range)
    }

    static func output(_ step: BuildProgress.Step, _ text: String) -> BuildProgress {
        .output(step, Array(text.utf8))
    }

    static func layer(tarSize: Int64 = 1_234_567) throws -> LayerSummary {
        let digest = try Digest("sha256:" + String(repeating: "a", count: 64))
        let descriptor = Descriptor(mediaType: .ociLayerGzip, digest: digest, size: 5)
        return LayerSummary(
            layer: Layer(descriptor: descriptor, diffID: digest), entryCount: 4, tarSize: tarSize)
    }

    static func warning(_ message: String = "the name of stage `A` should be lower case") throws
        -> BuildProgress
    {
        .warning(
            DockerfileWarning(rule: .stageNameCasing, range: try step(3).range, message: message))
    }
}

/// A form of progress and the model that it shows, fed by hand.
struct Shown<Renderer: ProgressRenderer> {
    var renderer: Renderer
    var model = ProgressModel()

    /// The lines that are written for an event at so many seconds.
    mutating func lines(_ event: BuildProgress, _ seconds: Double, of platform: Platform? = nil) -> [String] {
        let change = model.take(event, of: platform, at: .seconds(seconds))
        return renderer.lines(change, model, at: .seconds(seconds))
    }

    /// The lines of several events.
    mutating func lines(_ events: [(BuildProgress, Double)]) -> [String] {
        var all: [String] = []
        for (event, seconds) in events { all += lines(event, seconds) }
        return all
    }

    mutating func tick(_ seconds: Double) -> [String] { renderer.tick(model, at: .seconds(seconds)) }
    mutating func end(_ seconds: Double) -> [String] { renderer.end(model, at: .seconds(seconds)) }
}
