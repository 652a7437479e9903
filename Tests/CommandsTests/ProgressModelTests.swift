import OCI
import Testing

@testable import Builder
@testable import Commands

@Suite("What is known of a build") struct ProgressModelTests {
    private func model(_ events: [(BuildProgress, Double)]) -> ProgressModel {
        var model = ProgressModel()
        for (event, seconds) in events { _ = model.take(event, of: nil, at: .seconds(seconds)) }
        return model
    }

    @Test func `has its steps in the order of their numbers, whatever came first`() throws {
        let model = model([
            (.began(try ProgressEvents.step(4)), 0), (.began(try ProgressEvents.step(1)), 1),
            (.began(try ProgressEvents.step(2)), 2),
        ])
        #expect(model.steps.map(\.number) == [1, 2, 4])
        #expect(model.steps.map(\.began) == [.seconds(1), .seconds(2), .zero])
        #expect(model.count == 5)
    }

    @Test(
        arguments: [
            (.done, .done), (.failed, .failed), (.canceled, .canceled),
        ] as [(BuildProgress.Step.Outcome, StepProgress.State)])
    func `knows how each ended, and how long it took`(
        outcome: BuildProgress.Step.Outcome, state: StepProgress.State
    ) throws {
        let step = try ProgressEvents.step(2)
        let shown = try #require(model([(.began(step), 1), (.ended(step, outcome), 3.5)]).steps.first)
        #expect(shown.state == state)
        #expect(shown.elapsed(at: .seconds(99)) == .seconds(2.5))
    }

    @Test func `keeps the layer of a step`() throws {
        let (one, two, layer) = (
            try ProgressEvents.step(1), try ProgressEvents.step(2), try ProgressEvents.layer()
        )
        let model = model([
            (.began(one), 0), (.ended(one, .made(layer)), 1), (.began(two), 1),
            (.ended(two, .cached(layer)), 1),
        ])
        #expect(model.steps.map(\.state) == [.done, .cached])
        #expect(model.steps.map(\.layer) == [layer, layer])
    }

    @Test func `keeps the last lines of output, the unfinished one too`() throws {
        let step = try ProgressEvents.step(2)
        let text = (1...40).map { "line \($0)\n" }.joined() + "unfinished"
        var model = model([(.began(step), 0), (ProgressEvents.output(step, text), 1)])
        let shown = try #require(model.steps.first).shownOutput
        #expect(shown.count == StepProgress.keptLines)
        #expect(shown.suffix(2) == ["line 40", "unfinished"])
        _ = model.take(.ended(step, .failed), of: nil, at: .seconds(2))
        #expect(try #require(model.failedStep).shownOutput == shown)
    }

    @Test func `takes no part in what is said of steps that did not begin, or are over`() throws {
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        var model = model([
            (.began(one), 0), (.ended(one, .done), 1), (.ended(two, .canceled), 2),
            (ProgressEvents.output(one, "late\n"), 3),
        ])
        #expect(model.steps.map(\.number) == [1])
        #expect(try #require(model.steps.first).shownOutput.isEmpty)
        guard case .nothing = model.take(.ended(one, .failed), of: nil, at: .seconds(4)) else {
            Issue.record("a step ended twice")
            return
        }
    }

    @Test func `lets a step begin anew`() throws {
        let step = try ProgressEvents.step(1)
        let model = model([(.began(step), 0), (.ended(step, .done), 1), (.began(step), 5)])
        #expect(model.steps.map(\.state) == [.running])
        #expect(model.steps.map(\.began) == [.seconds(5)])
    }

    @Test func `keeps the steps of platforms apart`() throws {
        let step = try ProgressEvents.step(1)
        let (one, two) = (
            Platform(os: "linux", architecture: "amd64"), Platform(os: "linux", architecture: "arm64")
        )
        var model = ProgressModel()
        for platform in [one, two] { _ = model.take(.began(step), of: platform, at: .zero) }
        _ = model.take(.ended(step, .done), of: two, at: .seconds(1))
        #expect(model.steps.map(\.number) == [1, 2])
        #expect(model.steps.map(\.state) == [.running, .done])
        #expect(
            model.steps.map(\.title) == [
                "[linux/amd64 builder 1/3] RUN make", "[linux/arm64 builder 1/3] RUN make",
            ])
        #expect(model.count == 10)
    }

    @Test func `gives the reason of a failure to the step that it is about`() throws {
        let (two, four) = (try ProgressEvents.step(2), try ProgressEvents.step(4))
        var model = model([
            (.began(two), 0), (.began(four), 0), (.ended(two, .failed), 1), (.ended(four, .failed), 1),
        ])
        model.failed("exit code 1", at: 4)
        #expect(model.failedStep?.number == 4)
        #expect(model.steps.map(\.message) == [nil, "exit code 1"])
        #expect(model.failure == "exit code 1")
    }

    @Test func `knows when images are there`() throws {
        let model = model([
            (.resolving(reference: "a"), 1), (.resolving(reference: "a"), 1), (.resolving(reference: "b"), 1),
            (.began(try ProgressEvents.step(1)), 3),
        ])
        #expect(model.images.map(\.reference) == ["a", "b"])
        #expect(model.images.map(\.ended) == [.seconds(3), .seconds(3)])
    }

    @Test func `says each warning once`() throws {
        let model = model([(try ProgressEvents.warning(), 0), (try ProgressEvents.warning(), 1)])
        #expect(
            model.warningLines == [
                "", " 1 warning found (use --check to expand):",
                " - StageNameCasing: the name of stage `A` should be lower case (line 3)",
            ])
        #expect(ProgressModel().warningLines.isEmpty)
    }

    @Test func `names a stage only where there are others, and steers no terminal`() throws {
        let alone = StepProgress(
            number: 1, try ProgressEvents.step(1, "RUN a\u{1B}[2J", of: 3), of: nil, at: .zero)
        #expect(alone.title == "[1/3] RUN a\u{FFFD}[2J")
    }
}
