import Dockerfile
import Testing

private let variables = ["a": "1", "b": "two words", "p": "80 81"]

@Suite("An instruction") struct InstructionTests {
    @Test(arguments: [
        ("ENV a=b", [["a", "b"]]),
        ("ENV a=b c='d e' \"f g\"=h", [["a", "b"], ["c", "d e"], ["f g", "h"]]),
        ("ENV a b  c=d ", [["a", "b  c=d"]]), ("ENV a=b\\ c d=\"x\\\"y\"", [["a", "b c"], ["d", "x\"y"]]),
        ("ENV x=$a y=$x z='$a'", [["x", "1"], ["y", ""], ["z", "$a"]]), ("ENV x=", [["x", ""]]),
        ("ENV $a=$b", [["1", "two words"]]), ("LABEL a.b=\"multi \\\nline\"", [["a.b", "multi line"]]),
        ("LABEL x \"$b\"", [["x", "two words"]]), ("ENV x=a=b", [["x", "a=b"]]), ("ENV a\tb", [["a", "b"]]),
    ])
    func `assigns`(text: String, expected: [[String]]) throws {
        let expanded = try instruction(text).expanded(by: WordExpander(variables: variables))
        switch expanded.action {
        case .env(let assignments), .label(let assignments):
            #expect(assignments.pairs.map { [$0.name.text, $0.value.text] } == expected)
        default: throw Unexpected(instruction: expanded)
        }
    }

    @Test(arguments: [
        ("COPY a b c/", ["a", "b"], "c/"), ("COPY [\"a b\", \"c\"]", ["a b"], "c"),
        ("COPY $a ${b}/ $a/", ["1", "two words/"], "1/"),
        ("COPY [ \"\\u0041\\n\" , \"$a\" ]  ", ["A\n"], "1"), ("COPY [a, b] /", ["[a,", "b]"], "/"),
        ("COPY \\\n a \\\n b", ["a"], "b"),
        ("COPY \"a\" b", ["a"], "b"), ("COPY a\\ b c", ["a", "b"], "c"), ("COPY -- --x y", ["--x"], "y"),
        ("COPY [\"\\ud83d\\ude00\", \"\\ud800x\"]", ["😀"], "\u{FFFD}x"),
    ])
    func `copies`(text: String, sources: [String], destination: String) throws {
        let expanded = try instruction(text).expanded(by: WordExpander(variables: variables))
        guard case .copy(let copy) = expanded.action else { throw Unexpected(instruction: expanded) }
        #expect(copy.transfer.sources.map(\.text) == sources)
        #expect(copy.transfer.destination.text == destination)
    }

    @Test func `has flags`() throws {
        let copy = try instruction(
            "COPY --from=x --chown='a b:c' --chmod=0644 --link --parents=TRUE --exclude=*.md --exclude=!x y z"
        )
        guard case .copy(let copy) = copy.action else { throw Unexpected(instruction: copy) }
        #expect(copy.from?.text == "x")
        #expect(copy.transfer.owner?.text == "a b:c")
        #expect(copy.transfer.mode?.text == "0644")
        #expect(copy.transfer.isLinked && copy.keepsParents)
        #expect(copy.transfer.excludes.map(\.text) == ["*.md", "!x"])
        let add = try instruction("ADD --keep-git-dir --checksum=sha256:$a --unpack=false https://x/y.tgz /")
        guard case .add(let plain) = add.action else { throw Unexpected(instruction: add) }
        #expect(plain.keepsGitDirectory == true)
        #expect(plain.unpacks == false)
        let expanded = try add.expanded(by: WordExpander(variables: variables))
        guard case .add(let add) = expanded.action else { throw Unexpected(instruction: expanded) }
        #expect(add.checksum?.text == "sha256:1")
    }

    @Test func `replaces variables in an unquoted here-document only`() throws {
        let text = "COPY <<x <<'y' /d/\n$a \\$a '\"$a\" \\\\\nx\n$a\ny\n"
        let expanded = try instruction(text).expanded(by: WordExpander(variables: variables))
        guard case .copy(let copy) = expanded.action else { throw Unexpected(instruction: expanded) }
        #expect(copy.transfer.documents.map(\.content) == ["1 $a '\"1\" \\\n", "$a\n"])
    }

    @Test(arguments: [
        ("CMD a \"b\" $c", CommandLine.shell("a \"b\" $c")), ("CMD [\"a\", \"$b\"]", .exec(["a", "$b"])),
        ("CMD", .exec([])),
        ("ENTRYPOINT []", .exec([])), ("ENTRYPOINT ['a']", .shell("['a']")),
        ("CMD [\"a\",]", .shell("[\"a\",]")),
        ("CMD [\"a\"] x", .shell("[\"a\"] x")), ("cmd  [ ] ", .exec([])),
        ("CMD [\"a\" \\\n, \"b\"]", .exec(["a", "b"])),
        ("CMD [\"\t\"]", .shell("[\"\t\"]")),
    ])
    func `says what runs`(text: String, expected: CommandLine) throws {
        let instruction = try instruction(text)
        switch instruction.action {
        case .cmd(let command), .entrypoint(let command): #expect(command == expected)
        default: throw Unexpected(instruction: instruction)
        }
    }

    @Test(arguments: [
        ("EXPOSE 80", ["80/tcp"]), ("EXPOSE 53/udp 80/TCP", ["53/udp", "80/tcp"]),
        ("EXPOSE 8000-8002/sctp", ["8000/sctp", "8001/sctp", "8002/sctp"]),
        ("EXPOSE $p", ["80/tcp", "81/tcp"]), ("EXPOSE 127.0.0.1:80:8080", ["8080/tcp"]),
        ("EXPOSE 80/", ["80/tcp"]),
        ("EXPOSE 8${x:-0}", ["80/tcp"]),
    ])
    func `exposes ports`(text: String, expected: [String]) throws {
        let expanded = try instruction(text).expanded(by: WordExpander(variables: variables))
        guard case .expose(let words) = expanded.action else { throw Unexpected(instruction: expanded) }
        #expect(try words.flatMap { try ExposedPort.ports(in: $0).map(\.description) } == expected)
    }

    @Test(arguments: [
        "70000", "x", "-1", "80-", "90-80", "80/xyz", "", "/tcp", "8 0", "+80", "x:80",
        "99999999999999999999",
    ])
    func `refuses what is no port`(text: String) {
        #expect(throws: DockerfileError.self) { try ExposedPort.ports(in: word(text)) }
    }

    @Test(arguments: ["SIGTERM", "term", "9", "SIGRTMIN+3", "RTMAX-1"])
    func `knows signals`(text: String) throws { try StopSignal.check(word(text)) }

    @Test(arguments: ["", "0", "65", "9 10", "SIGFOO", "RTMIN+99", "-9"])
    func `refuses what is no signal`(text: String) {
        #expect(throws: DockerfileError.self) { try StopSignal.check(word(text)) }
    }

    @Test(arguments: [
        ("1s", Int64(1_000_000_000)), ("1m30s", 90_000_000_000), ("1.5h", 5_400_000_000_000),
        (".5s", 500_000_000),
        ("100ms", 100_000_000), ("0", 0), ("+1s", 1_000_000_000), ("0s", 0), ("2000us", 2_000_000), ("", 0),
    ])
    func `reads times`(text: String, expected: Int64) throws {
        let instruction = try instruction("HEALTHCHECK --timeout=\(text) CMD x")
        guard case .healthcheck(.command(let command, let timing)) = instruction.action else {
            throw Unexpected(instruction: instruction)
        }
        #expect(timing.timeout == expected)
        #expect(command == .shell("x"))
    }

    @Test(arguments: ["s", "1", "1x", "1s1", ".s", "1..5s", "9999999999h", "1 s", "0.0001ms", "--1s"])
    func `refuses what is no time`(text: String) {
        #expect(throws: DockerfileError.self) { try instruction("HEALTHCHECK --timeout='\(text)' CMD x") }
    }

    @Test func `replaces variables where BuildKit does`() throws {
        let texts = try instructions(
            "WORKDIR \"/x/$a\"\nUSER ${a}\nVOLUME /v$a [x]\nVOLUME [\"/v$b\"]\nSTOPSIGNAL $a\nRUN echo $a\nONBUILD ENV x=$a\nSHELL [\"$a\"]"
        ).map { try $0.expanded(by: WordExpander(variables: variables)).action.summary }
        #expect(
            texts == [
                "/x/1", "1", "/v1 [x]", "/vtwo words", "1", "shell(\"echo $a\")", "ENV x=$a", "$a",
            ])
    }

    @Test(arguments: [
        ("ADD --checksum=sha256:1 a.txt /", "`--checksum` needs a URL, and `a.txt` is a path"),
        ("ADD --checksum=sha256:1 https://x/a https://x/b /", "and `ADD` has several"),
        ("ADD --checksum=sha256:1 <<x /\nx", "and `ADD` has several"),
    ])
    func `has a checksum only of one remote source`(text: String, expected: String) throws {
        let add = try instruction(text)
        let error = #expect(throws: DockerfileError.self) { try add.expanded(by: WordExpander()) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test func `that empties a volume is refused`() throws {
        let volume = try instruction("VOLUME $unset")
        #expect(throws: DockerfileError.self) { try volume.expanded(by: WordExpander()) }
    }
}

extension Instruction.Action {
    fileprivate var summary: String {
        switch self {
        case .workdir(let word), .user(let word), .stopsignal(let word): word.text
        case .volume(let words): words.map(\.text).joined(separator: " ")
        case .run(let run): "\(run.command)"
        case .onbuild(let onbuild): onbuild.trigger
        case .shell(let words): words.joined(separator: " ")
        default: "something else"
        }
    }
}

@Suite("A mount") struct RunMountTests {
    private func mount(_ text: String) throws -> RunMount {
        let run = try instruction("RUN --mount=\(text) true").run
        return try RunMount(
            try #require(run.mounts.first), WordExpander(variables: ["a": "1", "t": "cache"]))
    }

    @Test func `has options`() throws {
        let cache = try mount(
            "type=$t,target=/c/$a,id=x,sharing=LOCKED,mode=0750,uid=1000,gid=10,source=s,from=build")
        #expect(cache.kind == .cache && cache.target == "/c/1" && cache.id == "x" && cache.sharing == .locked)
        #expect(cache.mode == 0o750 && cache.userID == 1000 && cache.groupID == 10 && !cache.isReadOnly)
        #expect(cache.source == "s" && cache.from == "build")
        #expect(try mount("target=/x").isReadOnly)
        #expect(try !mount("target=/x,rw").isReadOnly)
        #expect(try !mount("target=/x,readonly=false").isReadOnly)
        #expect(try mount("type=tmpfs,dst=/t,size=1.5k").size == 1536)
        #expect(try mount("type=tmpfs,dst=/t,size=64MiB").size == 64 << 20)
        #expect(try mount("type=secret,id=k,required,env=").environment == "")
        #expect(try mount("'\"target=/x,y\",ro'").target == "/x,y")
    }

    @Test(arguments: [
        (
            "type=bnid,target=/x",
            "`type` is `bnid`: expected `bind`, `cache`, `tmpfs`, `secret`, `ssh` (did you mean `bind`?)"
        ),
        ("type=cache,target=/x,sharing=weird", "the mount option `sharing` is `weird`"),
        ("target=/x,sharing=shared", "a mount of type `bind` has no `sharing`"),
        ("targt=/x", "`--mount` has no option `targt` (did you mean `target`?)"),
        ("target", "the mount option `target` has no value"),
        ("type=bind,size=1,target=/x", "a mount of type `bind` has no `size`"),
        ("type=tmpfs,size=big,target=/x", "`size` is `big`: expected a size"),
        ("target=/x,ro=maybe", "`ro` is `maybe`: expected `true` or `false`"),
        ("target=/x,uid=1", "a mount of type `bind` has no `mode`, `uid` or `gid`"),
        ("type=cache,target=/x,mode=9", "`mode` is `9`: expected an octal number"),
        ("type=secret", "a mount of type `secret` needs an `id`"),
        ("type=secret,id=x,from=y", "a mount of type `secret` has no `from`"),
        ("type=secret,id=x,source=y", "has both `source` and `id`"),
        ("type=cache,required,target=/x", "a mount of type `cache` has no `required`"),
    ])
    func `with a mistake is refused`(text: String, expected: String) {
        let error = #expect(throws: DockerfileError.self) { try mount(text) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
}
