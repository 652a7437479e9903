import Dockerfile
import Testing

/// Many times the same text.
private func many(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

/// What `line` makes of each number from 1, one a line.
private func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (1...count).map { line($0) + "\n" }.joined()
}

private let doubled = "ENV x0=0123456789abcdef\n" + lines(40) { "ENV x\($0)=$x\($0 - 1)$x\($0 - 1)" }
private let doubledArguments = doubled.replacing("ENV", with: "ARG")
/// Sets `x` to two mebibytes.
private let long =
    "ARG x0=0123456789abcdef\n" + lines(17) { "ARG x\($0)=$x\($0 - 1)$x\($0 - 1)" } + "ARG x=$x17\n"
private let name = many(100_000, "x")

@Suite("A small file with a large result") struct BoundsTests {
    private static let refused: [(text: String, expected: String)] = [
        (
            "FROM a\n" + doubled,
            "Dockerfile:21:5: `$x18$x18` cannot be expanded: it would be longer than 4 MiB"
        ),
        (
            doubledArguments + "FROM a$x40",
            "Dockerfile:20:5: `$x18$x18` cannot be expanded: it would be longer than 4 MiB"
        ),
        // One word is not too long, but many of them are, whatever becomes of them.
        ("FROM a\n" + long + many(1_000, "ENV y=$x\n"), "more than 16 MiB together"),
        ("FROM a\n" + long + "LABEL " + many(1_000, "y=$x "), "more than 16 MiB together"),
        ("FROM a\n" + long + "ENV y=" + many(1_000, "${x:+}"), "take too many steps"),
        (long + many(1_000, "FROM ${x:+a}\n"), "more than 16 MiB together"),
        // Each of the stages would have each of the triggers.
        (
            "FROM a AS b\n" + many(500, "ONBUILD USER x\n") + many(500, "FROM b\n"),
            "the stages up to here inherit more than 50000 triggers of `ONBUILD`"
        ),
        ("FROM a\nENV a=" + many(1_000, "${a:-"), "nested too deeply"),
    ]

    @Test(arguments: refused)
    func `is refused`(text: String, expected: String) {
        let error = exercise(Array(text.utf8))
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    private static let harmless: [String] = [
        "FROM a\n" + lines(4_000) { $0 % 2 == 0 ? "ARG v\($0)=1" : "ENV w\($0)=1" },
        "FROM a\n" + lines(4_000) { "ARG v\($0)=1" } + lines(4_000) { "ENV v\($0)=2" },
        "FROM a\n" + lines(2_000) { "ENV v\($0)=$w\($0)" },
        "FROM a\nCOPY" + (1...4_000).map { " <<f\($0)" }.joined() + " /d/\n" + lines(4_000) { "f\($0)" },
        "FROM a AS s0\n" + lines(4_000) { "FROM s\($0 - 1) AS s\($0)\nSHELL [\"x\"]\nCMD x" },
        "FROM a\n" + lines(4_000) { "# check=skip=R\($0)\nRUN x" },
        "FROM a\nRUN x" + many(20_000, " \\\n\n") + "y", "FROM a\nRUN " + many(1 << 18, "x"),
    ]

    @Test(.timeLimit(.minutes(5)), arguments: harmless)
    func `takes time of its length`(text: String) { #expect(exercise(Array(text.utf8)) == nil) }

    private static let unreadable: [String] = [
        lines(2_000) { "FROM a AS name\($0)" } + "FROM ${x}",
        "FROM a AS s0\nCOPY --from=s2000 / /\n"
            + lines(2_000) { "FROM a AS s\($0)\nCOPY --from=s\($0 - 1) / /" },
        "FROM a AS \(name)\nFROM a AS \(name)\nCOPY --from=\(name) / /", "FROM ${\(name)}",
        "FROM a\nENV a=${\(name):=}", "FROM a\nENV a=${\(name):?}", "FROM a\nRUN <<\(name)", name,
        "FROM a\nCMD [" + many(100_000, "1") + "]",
    ]

    @Test(arguments: unreadable)
    func `has a message that can be read`(text: String) {
        // `exercise` looks at the length.
        #expect(exercise(Array(text.utf8)) != nil)
    }

    @Test func `with an unknown target lists some of its stages`() throws {
        let text = lines(2_000) { "FROM a AS name\($0)" }
        var request = BuildPlan.Request()
        request.target = "other"
        let file = try Dockerfile(parsing: text)
        let error = #expect(throws: DockerfileError.self) { try BuildPlan(file, request) }
        #expect(error?.hint?.hasSuffix("`name9`, `name10`, …") == true, "\(error?.hint ?? "")")
    }
}
