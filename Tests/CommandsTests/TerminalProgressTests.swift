import Foundation
import OCI
import Synchronization
import Terminal
import Testing

@testable import Builder
@testable import Commands

@Suite("Progress on a terminal") struct TerminalProgressTests {
    private func shown(width: Int = 60, height: Int? = 24, hasColor: Bool = false) -> Shown<TerminalProgress>
    {
        let terminal = Terminal.interactive(width: width, hasColor: hasColor)
        return Shown(
            renderer: TerminalProgress(screen: { TerminalProgress.Screen(terminal: terminal, height: height) }
            ))
    }

    private func rows(_ shown: Shown<TerminalProgress>, _ seconds: Double, height: Int? = 24, width: Int = 60)
        -> [String]
    {
        ProgressFrame(model: shown.model, terminal: .interactive(width: width), time: .seconds(seconds))
            .rows(height: height)
    }

    @Test func `is a header and a line for each step`() throws {
        var shown = shown()
        let steps = try (1...4).map { try ProgressEvents.step($0) }
        _ = shown.lines([
            (.resolving(reference: "alpine:3"), 0), (.began(steps[0]), 0.5), (.ended(steps[0], .done), 0.7),
            (.began(steps[1]), 0.7), (.ended(steps[1], .cached(try ProgressEvents.layer())), 0.7),
            (.began(steps[2]), 1), (.began(steps[3]), 1.5), (ProgressEvents.output(steps[2], "one\ntwo"), 2),
        ])
        #expect(
            rows(shown, 3.24) == [
                "[+] Building 3.2s (2/5)",
                " => resolving alpine:3                                  0.5s",
                " => [builder 1/3] RUN make                              0.2s",
                " => CACHED [builder 2/3] RUN make              1.2 MB  0.0s".padded(60),
                " => [builder 3/3] RUN make                              2.2s",
                " => => # one", " => => # two",
                " => [builder 4/3] RUN make                              1.7s",
            ])
    }

    @Test func `says how much of an image has come`() throws {
        var shown = shown()
        _ = shown.lines([
            (.resolving(reference: "a:1"), 0),
            (.received(reference: "a:1", bytes: 1_000_000, total: 30_000_000), 1),
            // Of another platform, and behind.
            (.received(reference: "a:1", bytes: 500_000, total: 20_000_000), 1),
            (.received(reference: "never", bytes: 1, total: 2), 1),
        ])
        #expect(
            rows(shown, 2)[1...] == [
                " => pulling a:1                      1.0 MB of 30.0 MB  2.0s"
            ])
        _ = shown.lines([(.received(reference: "a:1", bytes: 30_000_000, total: 30_000_000), 3)])
        #expect(
            rows(shown, 4)[1...] == [
                " => pulling a:1                                30.0 MB  4.0s"
            ])
    }

    @Test func `is as wide as the terminal, and no wider`() throws {
        for width in [1, 3, 8, 20, 41] {
            var shown = shown()
            let step = try ProgressEvents.step(1, "RUN a very long command 日本語 that does not fit")
            _ = shown.lines([
                (.began(step), 0), (ProgressEvents.output(step, String(repeating: "x", count: 99)), 1),
            ])
            for row in rows(shown, 2, width: width) { #expect(DisplayText(row).width <= width) }
        }
    }

    @Test func `is lower than the terminal: what is over makes room for what goes on`() throws {
        var shown = shown()
        let running = try ProgressEvents.step(1, of: 40)
        _ = shown.lines(.began(running), 0)
        for number in 2...40 {
            let step = try ProgressEvents.step(number, of: 40)
            _ = shown.lines([(.began(step), 0), (.ended(step, .done), 1)])
        }
        _ = shown.lines(ProgressEvents.output(running, "1\n2\n3\n4\n5\n6\n7\n8\n"), 2)
        for height in [1, 2, 3, 10, 24] {
            let rows = rows(shown, 3, height: height)
            #expect(rows.count <= max(1, height - 1))
            if height > 2 { #expect(rows.contains { $0.hasPrefix(" => [builder 1/3]") }) }
        }
        // Where there is room, six lines of output.
        let tail = rows(shown, 3, height: 100).filter { $0.hasPrefix(" => => # ") }
        #expect(tail.map { $0.suffix(1) } == ["3", "4", "5", "6", "7", "8"])
    }

    @Test func `is drawn over itself, and whole at the end`() throws {
        var shown = shown(height: 4)
        let steps = try (1...5).map { try ProgressEvents.step($0) }
        #expect(shown.tick(0).isEmpty)
        for step in steps { #expect(shown.lines([(.began(step), 0), (.ended(step, .done), 1)]).isEmpty) }
        let first = try #require(shown.tick(1).first)
        #expect(!first.contains("A\r"))
        let last = try #require(shown.end(2).first)
        #expect(last.contains("\u{1B}[3A\r"))
        #expect(last.contains("[+] Building 2.0s (5/5) FINISHED"))
        #expect(last.split(separator: "\n").count == 6)
        #expect(last.hasSuffix("\u{1B}[?25h"))
    }

    @Test func `marks what failed and what was canceled`() throws {
        var shown = shown()
        let (one, two) = (try ProgressEvents.step(1), try ProgressEvents.step(2))
        _ = shown.lines([
            (.began(one), 0), (.began(two), 0), (ProgressEvents.output(one, "why\n"), 0),
            (.ended(one, .failed), 1),
            (.ended(two, .canceled), 1),
        ])
        let last = try #require(shown.end(1).first)
        #expect(last.contains(" => ERROR [builder 1/3] RUN make "))
        #expect(last.contains(" => CANCELED [builder 2/3] RUN make "))
        #expect(last.contains("(0/5)\u{1B}[K\n"))
        // The output is told beside the error.
        #expect(!last.contains("why"))
    }

    @Test func `has colours only where the terminal has`() throws {
        for hasColor in [true, false] {
            var shown = shown(hasColor: hasColor)
            let step = try ProgressEvents.step(1)
            _ = shown.lines([(.began(step), 0), (.ended(step, .failed), 1)])
            #expect(try #require(shown.end(1).first).contains("\u{1B}[31m => ERROR") == hasColor)
        }
    }

    @Test func `says why a step is done again, and what it says`() throws {
        var shown = shown()
        let step = try ProgressEvents.step(1)
        _ = shown.lines([(.began(step), 0), (.missed(step, reason: "the base"), 0)])
        #expect(rows(shown, 0).last == " => => # not cached: the base")
    }

    @Test func `is silent where there is nothing to show, and afterwards`() throws {
        var shown = shown()
        #expect(shown.end(1).isEmpty)
        #expect(shown.renderer.announcement("later", shown.model, at: .seconds(2)) == ["later"])
    }

    @Test func `keeps what is announced above itself`() throws {
        var shown = shown()
        _ = shown.lines(.began(try ProgressEvents.step(1)), 0)
        _ = shown.tick(0)
        let text = try #require(shown.renderer.announcement("canceling", shown.model, at: .seconds(1)).first)
        #expect(text.contains("\u{1B}[2A\rcanceling\u{1B}[K\n"))
    }

    @Test func `ends with the notes and the warnings`() throws {
        var shown = shown()
        _ = shown.lines([(.note("a note"), 0), (try ProgressEvents.warning(), 0)])
        #expect(shown.end(1) == ["a note"] + shown.model.warningLines)
    }
}

extension String {
    /// With the spaces before the amounts that make it so wide.
    fileprivate func padded(_ width: Int) -> String {
        guard count < width, let gap = range(of: "  ") else { return self }
        return replacingCharacters(in: gap, with: String(repeating: " ", count: 2 + width - count))
    }
}
