import OCI
import Testing

@testable import Builder
@testable import Commands

@Suite("Plain progress") struct PlainProgressTests {
    @Test func `is BuildKit's lines, with an empty one between steps`() throws {
        var shown = Shown(renderer: PlainProgress())
        let steps = try (1...4).map { try ProgressEvents.step($0) }
        let lines = shown.lines([
            (.resolving(reference: "alpine:3"), 0), (.began(steps[0]), 0),
            (.ended(steps[0], .cached(try ProgressEvents.layer())), 0.1),
            (.began(steps[1]), 1), (.missed(steps[1], reason: "the command"), 1),
            (ProgressEvents.output(steps[1], "one\ntw"), 1.4121),
            (ProgressEvents.output(steps[1], "o\n"), 1.5),
            (ProgressEvents.output(steps[1], "three"), 2), (.ended(steps[1], .done), 2.26),
            (.began(steps[2]), 3), (.ended(steps[2], .canceled), 4),
        ])
        #expect(
            lines == [
                "resolving alpine:3", "", "#1 [builder 1/3] RUN make", "#1 CACHED", "",
                "#2 [builder 2/3] RUN make", "#2 not cached: the command", "#2 0.412 one", "#2 0.500 two",
                "#2 1.260 three", "#2 DONE 1.3s", "", "#3 [builder 3/3] RUN make", "#3 CANCELED",
            ])
    }

    @Test func `says why a step failed when the build is over`() throws {
        var shown = Shown(renderer: PlainProgress())
        let step = try ProgressEvents.step(2)
        let lines = shown.lines([(.began(step), 0), (.ended(step, .failed), 1)])
        #expect(lines == ["#2 [builder 2/3] RUN make"])
        shown.model.failed("the command failed with exit code 1", at: 2)
        #expect(shown.end(2) == ["#2 ERROR: the command failed with exit code 1"])
    }

    @Test func `lets one step speak at a time`() throws {
        var shown = Shown(renderer: PlainProgress())
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        let lines = shown.lines([
            (.began(one), 0), (.began(two), 0.1), (ProgressEvents.output(two, "b\n"), 0.2),
            (ProgressEvents.output(one, "a\n"), 0.3), (.ended(two, .done), 0.4), (.ended(one, .done), 0.5),
        ])
        #expect(
            lines == [
                "#1 [builder 1/3] RUN make", "#1 0.300 a", "#1 DONE 0.5s", "", "#2 [builder 2/3] RUN make",
                "#2 0.100 b", "#2 DONE 0.3s",
            ])
    }

    @Test func `lets others speak when a step is silent, and comes back to it`() throws {
        var shown = Shown(renderer: PlainProgress())
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        var lines = shown.lines([
            (.began(one), 0), (.began(two), 0.1), (ProgressEvents.output(two, "b\n"), 0.2),
        ])
        lines += shown.tick(0.9)
        #expect(lines == ["#1 [builder 1/3] RUN make"])
        #expect(shown.tick(1) == ["#1 ...", "", "#2 [builder 2/3] RUN make", "#2 0.100 b"])
        #expect(shown.tick(60).isEmpty)
        #expect(
            shown.lines(.ended(one, .done), 61) == [
                "#2 ...", "", "#1 [builder 1/3] RUN make", "#1 DONE 61.0s",
            ])
    }

    @Test func `lets others speak when a step does not stop`() throws {
        var shown = Shown(renderer: PlainProgress())
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        _ = shown.lines([(.began(one), 0), (.began(two), 0), (.ended(two, .done), 0.5)])
        let times = stride(from: 0.5, through: 12, by: 0.5)
        let lines = times.map { (ProgressEvents.output(one, "a\n"), $0) }
        let said = shown.lines(lines)
        let place = try #require(said.firstIndex(of: "#2 DONE 0.5s"))
        #expect(said[..<place].contains("#1 10.000 a"))
        #expect(said[place...].contains("#1 12.000 a"))
    }

    @Test func `holds back a bounded number of lines`() throws {
        var shown = Shown(renderer: PlainProgress())
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        _ = shown.lines([(.began(one), 0), (.began(two), 0)])
        let text = String(repeating: "b\n", count: PlainProgress.mostHeldLines + 1)
        let lines = shown.lines(ProgressEvents.output(two, text), 0.1)
        #expect(lines.count == PlainProgress.mostHeldLines + 4)
    }

    @Test func `loses no line, whatever the order of events`() throws {
        var shown = Shown(renderer: PlainProgress())
        let steps = try (1...5).map { try ProgressEvents.step($0) }
        var lines: [String] = []
        for step in steps { lines += shown.lines(.began(step), 0) }
        for round in 0..<20 {
            for step in steps {
                lines += shown.lines(
                    ProgressEvents.output(step, "\(round)\n"), Double(round * step.number % 7))
            }
        }
        for step in steps.reversed() { lines += shown.lines(.ended(step, .done), 30) }
        lines += shown.end(30)
        for step in steps {
            let own = lines.filter { $0.hasPrefix("#\(step.number) ") }
            let said = own.compactMap {
                $0.split(separator: " ").count == 3 ? $0.split(separator: " ").last : nil
            }
            #expect(said.compactMap { Int($0) } == Array(0..<20))
            #expect(own.last == "#\(step.number) DONE 30.0s")
        }
    }

    @Test func `steers no terminal`() throws {
        var shown = Shown(renderer: PlainProgress())
        let step = try ProgressEvents.step(1)
        _ = shown.lines(.began(step), 0)
        let lines = shown.lines(ProgressEvents.output(step, "\u{1B}[31mred\u{1B}[0m\u{07}\n"), 0)
        #expect(lines == ["#1 0.000 red\u{FFFD}"])
    }

    @Test func `ends with the image and the warnings`() throws {
        var shown = Shown(renderer: PlainProgress())
        let (step, layer) = (try ProgressEvents.step(1), try ProgressEvents.layer())
        #expect(shown.lines(try ProgressEvents.warning(), 0).isEmpty)
        _ = shown.lines([(.began(step), 0), (.ended(step, .done), 1)])
        #expect(
            shown.lines(.finished(manifest: layer.layer.descriptor), 2)
                == ["", "built \(layer.layer.descriptor.digest)"])
        #expect(shown.end(2).map { $0.prefix(11) } == ["", " 1 warning ", " - StageNam"])
    }
}
