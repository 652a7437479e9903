import Builder
import Dockerfile
import Foundation
import OCI
import Terminal
import Testing

@testable import Commands

@Suite("A build's progress") struct ProgressTests {
    private let start = ContinuousClock.now

    /// A step of a Dockerfile with two instructions.
    private func step(_ number: Int, _ text: String = "RUN make") throws -> BuildProgress.Step {
        let dockerfile = try Dockerfile(
            parsing: Array("FROM a AS builder\nRUN make\n".utf8), file: "Dockerfile")
        let stage = try #require(dockerfile.stages.first)
        return BuildProgress.Step(
            number: number, count: 3, stage: "builder", position: number, positions: 3, text: text,
            range: stage.range)
    }

    private func time(_ seconds: Double) -> ContinuousClock.Instant {
        start + .milliseconds(Int(seconds * 1000))
    }

    @Test func `is plain lines that tell their step`() throws {
        var plain = PlainProgress()
        let (one, two) = (try step(1, "FROM a AS builder"), try step(2))
        var lines: [String] = []
        for (event, seconds) in [
            (.began(one), 0), (.ended(one, .cached(.sample)), 0.1), (.began(two), 0.2),
            (.output(two, Array("a\nb".utf8)), 1.2),
            (.output(two, Array("c\n\u{1B}[31mred\u{1B}[0m\rgreen\n".utf8)), 1.3),
            (.output(two, Array("rest".utf8)), 1.4),
            (.ended(two, .failed), 2.2),
        ] as [(BuildProgress, Double)] {
            lines += plain.lines(event, of: nil, at: time(seconds))
        }
        #expect(
            lines == [
                "#1 [builder 1/3] FROM a AS builder", "#1 CACHED", "", "#2 [builder 2/3] RUN make",
                "#2 1.000 a",
                "#2 1.100 bc", "#2 1.100 green", "#2 2.000 rest", "#2 ERROR",
            ])
        #expect(plain.model.failureOutput == ["a", "bc", "green", "rest"])
    }

    @Test func `is drawn over itself on a terminal, in its width`() throws {
        var screen = TerminalProgress(start: start)
        let terminal = Terminal(isInteractive: true, width: 40, hasColor: false, now: Date())
        let two = try step(2, "RUN a very long command that does not fit")
        _ = screen.model.take(.began(two), of: nil, at: time(0))
        _ = screen.model.take(.output(two, Array("one\ntwo\n".utf8)), of: nil, at: time(0.5))
        let first = screen.drawing(on: terminal, height: 24, at: time(1.25))
        #expect(
            screen.lines(on: terminal, at: time(1.25)) == [
                "[+] Building 1.3s (0/3)", " => [builder 2/3] RUN a very lo…    1.3s", " => => # one",
                " => => # two",
            ])
        #expect(!first.contains("\u{1B}[4A"))
        _ = screen.model.take(.ended(two, .done), of: nil, at: time(2))
        #expect(screen.drawing(on: terminal, height: 24, at: time(2)).contains("\u{1B}[4A\r\u{1B}[J"))
        #expect(screen.lines(on: terminal, at: time(9)).count == 2)
        // No more lines than the terminal shows: what scrolled away cannot be drawn over.
        #expect(screen.drawing(on: terminal, height: 2, at: time(9)).split(separator: "\n").count <= 2)
    }

    @Test(arguments: [
        ("plain", "plain"), ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("a\u{1B}", "a"), ("\u{1B}[", ""),
        ("\u{1B}cx", "x"),
        ("a\u{1B}[2Kb", "ab"),
    ])
    func `loses what would steer a terminal`(text: String, kept: String) {
        #expect(EscapeSequences.removed(from: text) == kept)
    }

    @Test func `is an object a line for programs`() throws {
        let line = try ProgressLine(
            .ended(try step(2), .made(.sample)), of: nil, at: Date(timeIntervalSince1970: 0)
        ).json
        #expect(
            line == """
                {"count":3,"digest":"\(LayerSummary.sample.layer.descriptor.digest)","entries":4,"event":"ended",\
                "line":1,"number":2,"outcome":"made","position":2,"positions":3,"size":5,"stage":"builder",\
                "text":"RUN make","time":"1970-01-01T00:00:00Z"}
                """)
    }
}

extension LayerSummary {
    fileprivate static var sample: LayerSummary {
        let hex = String(repeating: "a", count: 64)
        guard let digest = try? Digest("sha256:\(hex)") else {
            preconditionFailure("the digest is well formed")
        }
        let descriptor = Descriptor(mediaType: .ociLayerGzip, digest: digest, size: 5)
        return LayerSummary(layer: Layer(descriptor: descriptor, diffID: digest), entryCount: 4, tarSize: 6)
    }
}
