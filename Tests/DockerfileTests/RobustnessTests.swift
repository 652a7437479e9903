import Dockerfile
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

private let ignored = "# c\n*\n!a/**/b\n[a-c]?\\*x\n**/foo*\n!**\n/a/../b/\n"

/// Whatever is parsed is also planned, expanded and shown.
private func exercise(_ bytes: [UInt8]) {
    do throws(DockerfileError) {
        let file = try Dockerfile(parsing: bytes)
        let plan = try BuildPlan(file, BuildPlan.Request())
        let expander = plan.expander(["a": "b/c", "V": "1"])
        for instruction in plan.stages.flatMap(\.instructions) {
            let expanded = try instruction.expanded(by: expander)
            if case .run(let run) = expanded.action {
                for mount in run.mounts { _ = try RunMount(mount, expander) }
            }
        }
    } catch {
        #expect(error.range.start.line >= 1 && error.range.start.column >= 1)
        #expect(error.description.contains(":\(error.range.start): "))
        _ = error.excerpt
    }
}

extension [UInt8] {
    /// A few bytes removed, doubled, changed, or taken from elsewhere.
    fileprivate func mutated(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        let special = Array("\\`$\"'{}[]<>-=:,/#%*?!\n\r\t \0\u{FEFF}é".utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            let end = Swift.min(bytes.count, index + Int.random(in: 1...8, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(index..<end)
            case 1:
                bytes.insert(
                    contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 2: bytes[index] = special.randomElement(using: &random) ?? 0
            default: bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
        }
        return bytes
    }
}

@Suite("Bad input") struct RobustnessTests {
    @Test(.timeLimit(.minutes(2))) func `never stops the parser, as mutations of a valid file`() {
        exercise(Array(valid.utf8))
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3_000 { exercise(Array(valid.utf8).mutated(&random)) }
    }

    @Test(.timeLimit(.minutes(2))) func `never stops the parser, as noise`() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<1_500 {
            let noise = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
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
            guard let file = try? IgnoreFile(parsing: Array(ignored.utf8).mutated(&random)) else { continue }
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
