import Dockerfile
import Testing

@Suite("A Dockerfile") struct DockerfileTests {
    @Test func `is its stages, and what stands before them`() throws {
        let file = try Dockerfile(
            parsing: """
                # syntax=docker/dockerfile:1
                # escape=`
                ARG tag=1
                from --platform=$BUILDPLATFORM golang:$tag as Build
                run go build `
                # a comment
                    -o /app

                FROM scratch
                COPY --from=build /app /
                """)
        #expect(file.directives.syntax == "docker/dockerfile:1")
        #expect(file.directives.escape == .backtick)
        #expect(file.globalArguments.map(\.text) == ["ARG tag=1"])
        #expect(file.stages.map(\.name) == ["build", nil])
        #expect(file.stages.map(\.base.text) == ["golang:$tag", "scratch"])
        #expect(file.stages.map(\.platform?.text) == ["$BUILDPLATFORM", nil])
        #expect(file.stages[0].base.range.description == "Dockerfile:4:32")
        #expect(file.stages[0].instructions.map(\.text) == ["run go build     -o /app"])
        #expect(file.stages[0].instructions[0].range.start == SourcePosition(line: 5, column: 1))
        #expect(file.stages[0].instructions[0].range.end == SourcePosition(line: 7, column: 12))
        #expect(file.stages[1].text == "FROM scratch")
    }

    @Test(arguments: [
        "FROM a\nRUN x \\\n y", "FROM a\r\nRUN x \\\r\n y\r\n", "\u{FEFF}FROM a\nRUN x \\  \n y\n",
        "\n\n  FROM a\n\t RUN x \\\n# comment \\\n y", "FROM a\nRUN x \\\n    # comment\n y\n\n",
        "FROM a\nRUN x \\\n\n y",
        "FROM \\\na\nRUN x \\\n y\\\n", "# escape=`\nFROM a\nRUN x `\n y",
        "#ESCAPE = ` \nFROM a\nRUN x `\n y",
        "  # escape=`\nFROM a\nRUN x `\n y", "\\\nFROM a\nRUN x \\\n y",
        "# check=skip=all\n# escape=`\nFROM a\nRUN x `\n y",
    ])
    func `joins lines`(text: String) throws {
        let file = try Dockerfile(parsing: text)
        #expect(file.stages[0].base.text == "a")
        #expect(try file.stages[0].instructions.map { try $0.shellText } == ["x  y"])
    }

    @Test(arguments: [
        // A directive counts only at the top, and an unknown one ends the directives.
        "# comment\n# escape=`\nFROM a\nRUN x `", "# other=1\n# escape=`\nFROM a\nRUN x `",
        "\n# escape=`\nFROM a\nRUN x `", "# escape\n# escape=`\nFROM a\nRUN x `",
    ])
    func `takes late directives for comments`(text: String) throws {
        #expect(try Dockerfile(parsing: text).directives.escape == .backslash)
    }

    @Test func `does not continue after an escaped escape`() throws {
        let all = try instructions("RUN a \\\\\nRUN b")
        #expect(try all.map { try $0.shellText } == ["a \\\\", "b"])
    }

    @Test func `replaces what is no UTF-8, and warns`() throws {
        let file = try Dockerfile(parsing: Array("FROM a\nLABEL x=".utf8) + [0xE9, 0x0A])
        #expect(file.stages[0].instructions[0].text == "LABEL x=\u{FFFD}")
        #expect(file.warnings.map(\.description).count == 1)
        #expect(file.warnings[0].description.hasPrefix("Dockerfile:2:1: the line is not UTF-8"))
        #expect(try Dockerfile(parsing: "FROM a\n# \u{FFFD}").warnings.isEmpty)
    }

    @Test func `takes lines of any length`() throws {
        let long = String(repeating: "x", count: 300_000)
        #expect(try instruction("RUN \(long)").shellText == long)
    }

    @Test func `has heredocs`() throws {
        let all = try instructions(
            "RUN <<EOF\na $b\n  c\\\nEOF\nRUN cat <<A 3<<-'B' >x\n1\nA\n\t2\n\tB\nCOPY <<\"x.txt\" <<-y /d/\n$a\nx.txt\n\tb\n\ty\n"
                + "ONBUILD COPY <<z /\nq\nz\nRUN [\"<<EOF\"]\nRUN echo 'a <<EOF'\nCMD <<EOF")
        #expect(all.count == 7)
        let (simple, complex) = (try all[0].run, try all[1].run)
        #expect(simple.script == .shell("a $b\n  c\\\n"))
        #expect(complex.script == .shell("cat <<A 3<<-'B' >x\n1\nA\n\t2\nB"))
        #expect(complex.documents.map(\.expands) == [true, false])
        #expect(all[1].range.end == SourcePosition(line: 11, column: 1))
        guard case .copy(let copy) = all[2].action else { throw Unexpected(instruction: all[2]) }
        #expect(copy.transfer.documents.map(\.name) == ["x.txt", "y"])
        #expect(copy.transfer.documents.map(\.content) == ["$a\n", "b\n"])
        #expect(copy.transfer.documents.map(\.expands) == [false, true])
        #expect(copy.transfer.sources.isEmpty)
        guard case .onbuild(let onbuild) = all[3].action else { throw Unexpected(instruction: all[3]) }
        #expect(onbuild.trigger == "COPY <<z /\nq\nz")
    }

    @Test func `runs a heredoc with its own interpreter as a file`() throws {
        #expect(
            try instruction("RUN <<-x\n\t#!/bin/python\n\tprint()\n\tx\n").run.script
                == .file(name: "x", content: "#!/bin/python\nprint()\n"))
    }
}

@Suite("A trigger") struct TriggerTests {
    @Test func `is one instruction`() throws {
        let trigger = try Instruction(parsing: "COPY --chown=1 . /app", file: "base:1 ONBUILD 1")
        guard case .copy(let copy) = trigger.action else { throw Unexpected(instruction: trigger) }
        #expect(copy.transfer.owner?.text == "1")
        #expect(copy.transfer.destination.range.description == "base:1 ONBUILD 1:1:18")
        #expect(try Instruction(parsing: "RUN <<A\nx\nA", file: "t").run.script == .shell("x\n"))
    }

    @Test(arguments: ["", "FROM a", "RUN a\nRUN b", "COPPY a b", "COPY a", "# escape=`"])
    func `that is anything else is refused`(text: String) {
        #expect(throws: DockerfileError.self) { try Instruction(parsing: text, file: "t") }
    }
}

struct Unexpected: Error {
    var instruction: Instruction
}

extension Instruction {
    var run: RunInstruction {
        get throws {
            guard case .run(let run) = action else { throw Unexpected(instruction: self) }
            return run
        }
    }

    var shellText: String {
        get throws {
            guard case .shell(let text) = try run.command else { throw Unexpected(instruction: self) }
            return text
        }
    }
}
