import Dockerfile
import Testing

@Suite("A mistake in a Dockerfile") struct DockerfileErrorTests {
    @Test(arguments: [
        ("", "Dockerfile:1:1: the file is empty (start it with `FROM IMAGE`)"),
        ("# just this\n\n", "Dockerfile:1:1: the file has no instructions"),
        ("ARG a=1\n", "Dockerfile:1:1: the file has no `FROM`"),
        ("RUN x", "Dockerfile:1:1: `RUN` stands before the first `FROM`, where only `ARG` can"),
        ("FORM a", "Dockerfile:1:1: unknown instruction `FORM` (did you mean `FROM`?)"),
        ("FROM a\n  CPOY a b", "Dockerfile:2:3: unknown instruction `CPOY` (did you mean `COPY`?)"),
        ("FROM a\nwhatever x", "Dockerfile:2:1: unknown instruction `whatever`"),
        ("FROM a\n\u{17F}HELL [\"x\"]", "Dockerfile:2:1: unknown instruction `\u{17F}HELL`"),
        ("FROM", "Dockerfile:1:1: `FROM` needs an image or a stage, and has none"),
        ("FROM a as", "Dockerfile:1:8: `FROM` should be followed by one image, and perhaps `AS` and a name"),
        ("FROM a xx b", "Dockerfile:1:8: `FROM` should be followed by one image"),
        ("FROM a AS 1b", "Dockerfile:1:11: `1b` cannot be the name of a stage"),
        ("FROM a AS b/c", "Dockerfile:1:11: `b/c` cannot be the name of a stage"),
        (
            "FROM --platfrom=x a",
            "Dockerfile:1:6: `FROM` has no flag `--platfrom` (did you mean `--platform`?)"
        ),
        ("# escape=x\nFROM a", "Dockerfile:1:10: `x` cannot be the escape character"),
        (
            "# escape=`\n# escape=`\nFROM a",
            "Dockerfile:2:1: the parser directive `escape` is there more than once"
        ),
        ("# check=skp=all\nFROM a", "Dockerfile:1:9: the check option `skp` is not known"),
        ("FROM a\nRUN a\0b", "Dockerfile:2:6: a NUL character cannot be part of an instruction"),
        ("FROM a\nRUN", "Dockerfile:2:1: `RUN` needs a command, and has none"),
        (
            "FROM a\nRUN --network=nne x",
            "Dockerfile:2:5: `--network` is `nne`: expected `default` or `none` or `host` (did you mean `none`?)"
        ),
        ("FROM a\nRUN --mont=x y", "Dockerfile:2:5: `RUN` has no flag `--mont` (did you mean `--mount`?)"),
        ("FROM a\nRUN --mount=from=$x y", "Dockerfile:2:5: `from=$x` has a variable"),
        ("FROM a\nRUN --mount='type=\"bind' y", "Dockerfile:2:5: the quotes in"),
        (
            "FROM a\nRUN <<EOF\nx\n EOF",
            "Dockerfile:2:1: the here-document `EOF` does not end (end it with a line that is just `EOF`)"
        ),
        ("FROM a\nENV", "Dockerfile:2:1: `ENV` needs `NAME=VALUE`, and has nothing"),
        ("FROM a\nENV a", "Dockerfile:2:5: `ENV` gives `a` no value"),
        ("FROM a\nENV a=b \\\n  c d=e", "Dockerfile:3:3: `c` has no `=`: expected `NAME=VALUE`"),
        ("FROM a\nLABEL =x", "Dockerfile:2:7: `=x` has no name before its `=`"),
        ("FROM a\nENV --x a=b", "Dockerfile:2:5: `ENV` has no flag `--x`"),
        ("FROM a\nARG", "Dockerfile:2:1: `ARG` needs a name, and has none"),
        ("FROM a\nARG =1", "Dockerfile:2:5: `=1` has no name before its `=`"),
        ("FROM a\nCOPY", "Dockerfile:2:1: `COPY` needs a source and a destination, and has neither"),
        ("FROM a\nADD x", "Dockerfile:2:1: `ADD` needs a source and a destination, and has only `x`"),
        ("FROM a\nCOPY [\"x\"]", "Dockerfile:2:1: `COPY` needs a source and a destination"),
        ("FROM a\nCOPY x <<EOF\nEOF", "Dockerfile:2:8: a here-document cannot be the destination of `COPY`"),
        (
            "FROM a\nCOPY --chown 1:2 x /",
            "Dockerfile:2:6: the flag `--chown` has no value (write `--chown=VALUE`, with `=`)"
        ),
        (
            "FROM a\nCOPY --link=maybe x /",
            "Dockerfile:2:6: the flag `--link` is `maybe`: expected `true` or `false`"
        ),
        ("FROM a\nCOPY --link= x /", "Dockerfile:2:6: the flag `--link` has no value (leave out the `=`)"),
        ("FROM a\nCOPY --from=b --from=c x /", "Dockerfile:2:15: the flag `--from` is there more than once"),
        ("FROM a\nADD --from=b x /", "Dockerfile:2:5: `ADD` has no flag `--from`"),
        ("FROM a\nWORKDIR", "Dockerfile:2:1: `WORKDIR` needs an argument, and has none"),
        ("FROM a\nUSER  ", "Dockerfile:2:1: `USER` needs an argument"),
        ("FROM a\nSTOPSIGNAL", "Dockerfile:2:1: `STOPSIGNAL` needs an argument"),
        ("FROM a\nMAINTAINER", "Dockerfile:2:1: `MAINTAINER` needs an argument"),
        ("FROM a\nEXPOSE", "Dockerfile:2:1: `EXPOSE` needs a port, and has none"),
        ("FROM a\nVOLUME []", "Dockerfile:2:1: `VOLUME` needs a path, and has none"),
        ("FROM a\nVOLUME [\"/x\", \" \"]", "Dockerfile:2:15: a volume's path is empty"),
        (
            "FROM a\nCMD [1, 2]",
            "Dockerfile:2:6: in a JSON array everything should be a string in double quotes, and `1` is not"
        ),
        (
            "FROM a\nCMD [\"a\", {\"b\": []}]",
            "Dockerfile:2:11: in a JSON array everything should be a string"
        ),
        ("FROM a\nSHELL /bin/sh -c", "Dockerfile:2:1: `SHELL` should have a JSON array of strings"),
        ("FROM a\nSHELL []", "Dockerfile:2:1: `SHELL` needs a program"),
        ("FROM a\nHEALTHCHECK", "Dockerfile:2:1: `HEALTHCHECK` needs `CMD` or `NONE`, and has neither"),
        ("FROM a\nHEALTHCHECK NONE x", "Dockerfile:2:18: nothing can follow `HEALTHCHECK NONE`"),
        ("FROM a\nHEALTHCHECK FOO x", "Dockerfile:2:13: `FOO` cannot follow `HEALTHCHECK`"),
        ("FROM a\nHEALTHCHECK CMD", "Dockerfile:2:13: `HEALTHCHECK CMD` needs a command, and has none"),
        ("FROM a\nHEALTHCHECK CMD []", "Dockerfile:2:13: `HEALTHCHECK CMD` needs a command, and has none"),
        (
            "FROM a\nHEALTHCHECK --interval=1 CMD x",
            "Dockerfile:2:13: `--interval` is `1`: expected a time such as"
        ),
        (
            "FROM a\nHEALTHCHECK --interval=-1s CMD x",
            "Dockerfile:2:13: `--interval` is `-1s`: it should be at least one"
        ),
        (
            "FROM a\nHEALTHCHECK --retries=-1 CMD x",
            "Dockerfile:2:13: `--retries` is `-1`: expected a whole number"
        ),
        ("FROM a\nONBUILD", "Dockerfile:2:1: `ONBUILD` needs an instruction, and has none"),
        ("FROM a\nONBUILD onbuild RUN x", "Dockerfile:2:9: `ONBUILD` cannot stand in `ONBUILD`"),
        ("FROM a\nONBUILD FROM x", "Dockerfile:2:9: `FROM` cannot be a trigger of `ONBUILD`"),
        ("FROM a\nONBUILD MAINTAINER x", "Dockerfile:2:9: `MAINTAINER` cannot be a trigger of `ONBUILD`"),
        ("FROM a\nONBUILD CMD [1]", "Dockerfile:2:14: in a JSON array everything should be a string"),
        ("FROM a\nONBUILD ENV x", "Dockerfile:2:13: `ENV` gives `x` no value"),
        ("FROM a\nRUN echo a &&\n  echo b", "Dockerfile:3:3: unknown instruction `echo`"),
    ])
    func `is told with its place`(text: String, expected: String) {
        let error = #expect(throws: DockerfileError.self) { try Dockerfile(parsing: text) }
        #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `is shown between the lines around it`() {
        let text = "FROM a\n\nENV a=b \\\n\tc\nRUN x\nRUN y\nRUN z\n"
        let error = #expect(throws: DockerfileError.self) { try Dockerfile(parsing: text, file: "D") }
        #expect(
            error?.excerpt == """
                 2 |     \n\
                 3 |     ENV a=b \\
                 4 | >>> \tc
                   |     \t^
                 5 |     RUN x
                 6 |     RUN y

                """)
    }

    @Test(arguments: [
        "", "\n", "FROM a\nRUN <<E", "FROM a\nCPOY " + String(repeating: "é", count: 10_000),
        "FROM a\n\u{1B}[2J",
    ])
    func `can always be shown`(text: String) {
        let error = #expect(throws: DockerfileError.self) { try Dockerfile(parsing: text) }
        #expect(error.map { $0.excerpt.count < 2_000 && !$0.excerpt.contains("\u{1B}") } == true)
    }
}
