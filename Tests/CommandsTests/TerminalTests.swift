import Foundation
import Terminal
import Testing

extension Terminal {
    static let plain = Terminal(isInteractive: false, width: nil, hasColor: false, now: .now)

    static func interactive(width: Int, hasColor: Bool = false) -> Terminal {
        // 2026-01-31T12:00:00Z
        Terminal(
            isInteractive: true, width: width, hasColor: hasColor,
            now: Date(timeIntervalSince1970: 1_769_860_800))
    }
}

@Suite("A table") struct TableTests {
    static let table = Table(
        [.init("NAME", minimumWidth: 6), .init("SIZE", isNumber: true), .init("NOTE", minimumWidth: 5)],
        rows: [
            [Cell("a-very-long-name"), Cell("7"), Cell("short")],
            [Cell("b"), Cell("12345"), Cell("a note of many words")],
            [Cell(nil), Cell(""), Cell("日本", style: .red)],
        ])

    @Test func `is as wide as it must be where nothing limits it`() {
        #expect(
            Self.table.lines(on: .plain) == [
                "NAME               SIZE  NOTE",
                "a-very-long-name      7  short",
                "b                 12345  a note of many words",
                "-                     -  日本",
            ])
    }

    @Test func `shortens text, and no numbers, to fit a terminal`() {
        let lines = Self.table.lines(on: .interactive(width: 30))
        #expect(
            lines == [
                "NAME         SIZE  NOTE",
                "a-very-lo…      7  short",
                "b           12345  a note of …",
                "-               -  日本",
            ])
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(Self.table.lines(on: .interactive(width: 5))[1] == "a-ver…      7  short")
    }

    @Test func `has colours only where the terminal has`() {
        let colored = Self.table.lines(on: .interactive(width: 80, hasColor: true))
        #expect(colored[3].hasSuffix("\u{1B}[31m日本\u{1B}[0m"))
        #expect(!Self.table.lines(on: .interactive(width: 80)).joined().contains("\u{1B}"))
    }
}

@Suite("Text for a terminal") struct DisplayTextTests {
    @Test(arguments: [
        ("plain ünï", "plain ünï"), ("two\nlines\tand tab", "two lines and tab"),
        ("\u{1B}[2Jcleared", "\u{FFFD}[2Jcleared"), ("a\u{7F}\u{9B}b", "a\u{FFFD}\u{FFFD}b"),
        ("turned\u{202E}", "turned\u{FFFD}"),
    ])
    func `steers nothing`(text: String, shown: String) {
        #expect(DisplayText(text).description == shown)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("ab", 0, ""),
    ])
    func `is shortened by its width`(text: String, columns: Int, shown: String) {
        #expect(DisplayText(text).shortened(to: columns).description == shown)
    }
}

@Suite("A quantity") struct QuantityTests {
    @Test(arguments: [
        (0.04, "0.0s"), (12.34, "12.3s"), (59.96, "1m00s"), (185, "3m05s"), (3725, "1h02m"), (-3, "0.0s"),
    ])
    func `of time reads well`(seconds: Double, text: String) {
        #expect(Quantity.duration(seconds: seconds) == text)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_999, "999.9 kB"), (1_234_567, "1.2 MB"),
            (Int64.max, "9.2 EB"),
        ] as [(Int64, String)])
    func `of bytes reads well`(bytes: Int64, text: String) {
        #expect(Quantity.size(bytes: bytes) == text)
    }

    @Test func `that is no number is none`() {
        #expect(Quantity.duration(seconds: .nan) == nil)
        #expect(Quantity.duration(seconds: nil) == nil)
    }
}

@Suite("A time") struct TimeTests {
    @Test(arguments: [
        ("2026-01-31T11:59:48Z", "12s ago"), ("2026-01-31T11:55:00Z", "5m ago"),
        ("2026-01-30T12:00:00Z", "24h ago"), ("2026-01-21T12:00:00Z", "10d ago"),
        ("2025-01-31T12:00:00Z", "2025-01-31"), ("2026-01-31T12:00:09Z", "0s ago"), ("soon", "soon"),
    ])
    func `is relative for people and exact for programs`(time: String, shown: String) {
        #expect(Terminal.interactive(width: 80).time(time) == shown)
        #expect(Terminal.plain.time(time) == time)
    }

    @Test(arguments: [
        (["TERM": "xterm"], false), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false), ([:], false),
    ])
    func `and colours are for terminals alone`(environment: [String: String], expected: Bool) throws {
        let pipe = Pipe()
        let terminal = Terminal(
            fileDescriptor: pipe.fileHandleForWriting.fileDescriptor, environment: environment)
        #expect(terminal.hasColor == expected)
        #expect(!terminal.isInteractive && terminal.width == nil)
    }
}

@Suite("An output file") struct OutputFileTests {
    @Test func `tells that its reader has gone`() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let file = OutputFile(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try file.write(Array("hello".utf8))
        #expect(pipe.fileHandleForReading.availableData == Data("hello".utf8))
        try pipe.fileHandleForReading.close()
        #expect(throws: OutputError.closed) { try file.write([1]) }
    }

    @Test func `tells what the system reports`() {
        #expect(throws: OutputError.self) { try OutputFile(descriptor: -1).write([1]) }
    }
}
