import Dockerfile
import TestSupport
import Testing

private let valid = """
    # syntax=docker/dockerfile:1
    # escape=\\
    ARG V=1 W="x y"
    FROM --platform=$BUILDPLATFORM base:${V:-2} AS build
    ENV a=b "c d"='e' old value
    LABEL x="${a#*/}" y=${a//b/c}
    RUN --mount=type=cache,target=/c --network=none <<EOF
    echo $a
    EOF
    RUN ["a", "\\u0041", "c\\n"]
    COPY --from=build --chown=1:2 --exclude=*.md <<-'X' a "b c" /d/
    \tfoo
    \tX
    ADD [ "https://example.com/x", "/y" ]
    HEALTHCHECK --interval=1m30s --retries=3 CMD curl \\
      # comment

      http://x
    ONBUILD RUN --mount=from=x,"target=/y,z" x
    EXPOSE 80 8000-8010/udp
    VOLUME ["/a", "/b"]
    FROM build
    SHELL ["/bin/sh", "-c"]
    STOPSIGNAL $a
    CMD x
    """

/// What means something in a Dockerfile.
private let pieces =
    Keyword.allCases.map { $0.rawValue + " " } + "\\`$\"'{}[]<>-=:,/#%*?!".map(String.init) + [
        "<<EOF\n", "<<-", "\nEOF\n", "\\\n", "\r\n", "${", ":-", ":?", "--mount=", "--from=", " AS ",
        "# check=",
        "# escape=`\n", "[\"", "\"]", "\\u", "\t", "\0", "\u{FEFF}", "é", "\u{FFFD}",
    ]

private let ignored = "# c\n*\n!a/**/b\n[a-c]?\\*x\n**/foo*\n!**\n/a/../b/\n"

@Suite("Bad input") struct RobustnessTests {
    @Test(.timeLimit(.minutes(2))) func `never stops the parser, as mutations of a valid file`() {
        exercise(Array(valid.utf8))
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3_000 { exercise(random.mutated(Array(valid.utf8), with: pieces)) }
    }

    @Test(.timeLimit(.minutes(2))) func `never stops the parser, as noise`() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<1_500 {
            let noise = random.noise(upTo: 200)
            exercise(noise)
            exercise(Array("FROM a\nENV x=".utf8) + noise)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `never stops the expander`() {
        var random = SeededGenerator(seed: 3)
        let pieces = [
            "$", "${", "}", "a", "empty", ":-", ":?", "#", "##", "%", "/", "//", "\\", "`", "'", "\"", "*",
            "?", " ", "<<", "é", "\n",
        ]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...14, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            var expander = WordExpander(
                escape: Bool.random(using: &random) ? .backslash : .backtick,
                variables: ["a": "x/y*z\\", "empty": ""])
            expander.keepsQuotes = Bool.random(using: &random)
            expander.keepsUnset = Bool.random(using: &random)
            if let expansion = try? expander.expand(word(text)) {
                // Every piece of the words is of the text.
                #expect(expansion.words.allSatisfy { !$0.isEmpty }, "\(text)")
                #expect(expansion.matched.isDisjoint(with: expansion.unmatched), "\(text)")
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `never stops the ignore matcher`() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<3_000 {
            guard
                let file = try? IgnoreFile(
                    parsing: random.mutated(Array(ignored.utf8), with: ["**", "/", "!", "[", "\\"]))
            else { continue }
            for path in ["a", "a/x/b", "ax*x", "foo/bar", "é/\0"] {
                if !file.isIgnored(path) {
                    #expect(file.mayContainIncluded(path), "\(file.patterns) \(path)")
                }
            }
        }
    }

    /// Each of these took time of its length squared, or a deep stack, in some parser.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("FROM a\nRUN x", " \\\n y", ""), ("FROM a\n", "\n", ""), ("FROM a\n", "# c\n", ""),
            ("FROM a\nCMD [", "[", "]"),
            ("FROM a\nCMD [\"a\"", ", \"b\"", "]"), ("FROM a\nENV ", "a=b ", ""),
            ("FROM a\nENV a=", "${a:-", ""), ("FROM a\nENV a=", "\"", ""),
            ("FROM a\nCOPY ", "--exclude=x ", "a b"), ("FROM a\nRUN ", "<<A ", "\n"),
            ("FROM a\n", "ONBUILD ", "RUN x"), ("", "FROM a\n", ""),
            ("FROM a\nRUN --mount=", "a,", " x"), ("FROM a\n", "RUN x\n", ""), ("", "\u{FEFF}", ""),
            ("FROM a\nRUN <<E\n", "x\n", "E\n"),
            ("FROM a\nENV a=", "$a", ""), ("FROM a\nEXPOSE ", "80 ", ""), ("FROM a\nLABEL x=", "\\", ""),
            ("FROM a AS ", "x", ""),
        ])
    func `of great length is parsed in time of its length`(start: String, middle: String, end: String) {
        exercise(Array((start + String(repeating: middle, count: 60_000) + end).utf8))
    }

    @Test(.timeLimit(.minutes(1))) func `cannot make a long chain of stages slow`() throws {
        let stages = (1..<20_000).map { "FROM s\($0 - 1) AS s\($0)\nCOPY --from=s\($0 - 1) / /\n" }.joined()
        let plan = try BuildPlan(try Dockerfile(parsing: "FROM a AS s0\n" + stages), BuildPlan.Request())
        #expect(plan.stages.count == 20_000)
        #expect(plan.images.map(\.isRuntime) == [true])
    }
}
