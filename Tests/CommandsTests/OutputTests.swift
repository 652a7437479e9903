import Terminal
import Testing

@Suite("What a program writes") struct OutputTests {
    @Test(
        arguments: [
            (["a\nb\n"], ["a", "b"], nil), (["a", "b\nc"], ["ab"], "c"), (["\n\n"], ["", ""], nil),
            (["a\r\n"], ["a"], nil), (["a\r", "\nb"], ["a"], "b"), (["1%\r50%\r", "100%"], [], "100%"),
            (["1%\r2%\n"], ["2%"], nil), ([], [], nil), (["\r"], [], ""),
        ] as [([String], [String], String?)])
    func `comes in lines, whatever its pieces`(pieces: [String], lines: [String], rest: String?) {
        var output = OutputLines()
        #expect(pieces.flatMap { output.append($0.utf8) } == lines)
        #expect(output.finish() == rest)
        #expect(output.finish() == nil)
    }

    @Test func `has no endless lines`() {
        var output = OutputLines(limit: 4)
        let lines = output.append("abcdefg\nabcd\n".utf8)
        #expect(lines == ["abcd… (3 bytes more)", "abcd"])
    }

    @Test(arguments: ["abcü", "abc日", "abc😀"])
    func `is never cut within a character`(text: String) {
        var output = OutputLines(limit: 4)
        for byte in Array(text.utf8) { #expect(output.append([byte]).isEmpty) }
        #expect(output.partial == text)
        #expect(output.append("x\n".utf8) == ["\(text)… (1 bytes more)"])
    }

    @Test func `may be no text at all`() {
        var output = OutputLines()
        #expect(output.append([0xFF, 0x61, 0x0A]) == ["\u{FFFD}a"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("a\u{1B}", "a"), ("\u{1B}[", ""),
        ("\u{1B}cx", "x"), ("a\u{1B}[2Kb", "ab"), ("\u{1B}]0;title\u{07}x", "x"),
        ("\u{1B}]8;;http://a\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"), ("\u{1B}(Bx", "x"),
        ("\u{9B}31mred", "red"), ("bell\u{07}", "bell\u{FFFD}"), ("a\tb", "a b"), ("\u{1B}Pq\u{18}x", "x"),
    ])
    func `loses what would steer a terminal`(text: String, shown: String) {
        #expect(DisplayText(output: text).description == shown)
    }
}

@Suite("A live area") struct LiveAreaTests {
    @Test func `goes back over as many lines as it drew, and erases what is left of each`() {
        var area = LiveArea()
        let drawings = [["one", "two"], ["1"], ["2"]].map { area.drawing(of: $0) }
        #expect(
            drawings == [
                "\u{1B}[?25lone\u{1B}[K\ntwo\u{1B}[J\u{1B}[?25h",
                "\u{1B}[?25l\u{1B}[2A\r1\u{1B}[J\u{1B}[?25h",
                "\u{1B}[?25l\u{1B}[1A\r2\u{1B}[J\u{1B}[?25h",
            ])
    }

    @Test func `is not drawn again where nothing changed`() {
        var area = LiveArea()
        let drawings = [[], ["one"], ["one"]].map { area.drawing(of: $0) }
        #expect(drawings == [nil, "\u{1B}[?25lone\u{1B}[J\u{1B}[?25h", nil])
    }

    @Test func `makes room for lines that stay above it`() {
        var area = LiveArea()
        _ = area.drawing(of: ["one"])
        let text = area.drawing(of: ["one"], above: ["said"])
        #expect(text == "\u{1B}[?25l\u{1B}[1A\rsaid\u{1B}[K\none\u{1B}[J\u{1B}[?25h")
        let next = area.drawing(of: ["two"])
        #expect(next == "\u{1B}[?25l\u{1B}[1A\rtwo\u{1B}[J\u{1B}[?25h")
    }

    @Test func `leaves what it drew when it is released`() {
        var area = LiveArea()
        _ = area.drawing(of: ["one"])
        area.release()
        let text = area.drawing(of: ["two"])
        #expect(text == "\u{1B}[?25ltwo\u{1B}[J\u{1B}[?25h")
    }
}
