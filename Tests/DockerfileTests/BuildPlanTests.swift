import Dockerfile
import Testing

private func plan(
    _ text: String, target: String? = nil, arguments: [String: String] = [:], contexts: Set<String> = []
) throws -> BuildPlan {
    var request = BuildPlan.Request()
    request.target = target
    request.arguments = arguments
    request.contexts = contexts
    request.platformArguments = [
        "TARGETARCH": "amd64", "BUILDPLATFORM": "linux/amd64", "TARGETPLATFORM": "linux/amd64",
    ]
    return try BuildPlan(try Dockerfile(parsing: text), request)
}

private let diamond = """
    ARG V=1
    FROM base:${V} AS base
    FROM base AS left
    COPY --from=tools:2 /t /t
    FROM alpine AS unused
    RUN --mount=from=nothing,target=/x true
    FROM --platform=$BUILDPLATFORM go AS right
    RUN --mount=type=cache,target=/c --mount=from=left,target=/l --mount=from=lib:3,target=/x true
    FROM left
    COPY --from=RIGHT /r /r
    COPY --from=1 /l /l
    """

@Suite("A build plan") struct BuildPlanTests {
    @Test func `has the stages that the target needs`() throws {
        #expect(try plan(diamond).stages.map(\.stage.index) == [0, 1, 3, 4])
        #expect(try plan(diamond, target: "right").stages.map(\.stage.index) == [0, 1, 3])
        #expect(try plan(diamond, target: "LEFT").stages.map(\.stage.index) == [0, 1])
        #expect(try plan(diamond, target: "0").stages.map(\.stage.index) == [0])
        #expect(
            try plan(diamond).stages.map(\.base) == [.image("base:1"), .stage(0), .image("go"), .stage(1)])
        #expect(try plan(diamond).stages.map(\.platform) == [nil, nil, "linux/amd64", nil])
    }

    @Test func `lists the images that it uses, and where`() throws {
        let images = try plan(diamond, arguments: ["V": "9"]).images
        #expect(
            images.map { "\($0.range) \($0.place.rawValue) \($0.reference) \($0.isRuntime)" } == [
                "Dockerfile:2:6 FROM base:9 true", "Dockerfile:4:6 COPY --from tools:2 false",
                "Dockerfile:7:32 FROM go false", "Dockerfile:8:62 RUN --mount=from lib:3 false",
            ])
        #expect(try plan("FROM scratch").images.isEmpty)
        #expect(try plan("FROM a\nCOPY --from=scratch / /").images.map(\.reference) == ["a"])
    }

    @Test(arguments: [
        ("ARG x=1\nFROM a:$x", [:], "a:1"), ("ARG x=1\nFROM a:$x", ["x": "2"], "a:2"),
        ("ARG x\nFROM a${x:+:}$x", ["x": "2"], "a:2"),
        ("ARG x=1\nARG y=$x-$TARGETARCH\nFROM a:$y", [:], "a:1-amd64"),
        ("FROM a:${TARGETARCH}", ["TARGETARCH": "arm64"], "a:arm64"),
        ("ARG x=\"1\" y='$x'\nFROM a:${x}${y}", [:], "a:1$x"), ("FROM a:${x:-d}", ["x": "2"], "a:d"),
        ("FROM \"a\"", [:], "a"),
        ("ARG a=b a=${a}c\nFROM $a", [:], "bc"), ("FROM a-$TARGETSTAGE AS fin", [:], "a-fin"),
    ])
    func `replaces variables in FROM`(text: String, arguments: [String: String], expected: String) throws {
        #expect(try plan(text, arguments: arguments).images.map(\.reference) == [expected])
    }

    @Test func `minds the letter case of a stage only in FROM`() throws {
        let plan = try plan("FROM a AS One\nFROM One\nCOPY --from=ONE / /")
        #expect(plan.stages.map(\.base) == [.image("a"), .image("One")])
        // A name that comes later is an image for FROM.
        #expect(
            try BuildPlan(Dockerfile(parsing: "FROM b\nFROM a AS b"), .init()).stages.map(\.base) == [
                .image("a")
            ])
    }

    @Test(arguments: [
        (
            "FROM ${x}", nil,
            "Dockerfile:1:6: the image of `FROM ${x}` is empty when its variables are replaced (give it a value with `--build-arg x=…`"
        ),
        ("ARG TAG=1\nFROM ${TGA}", nil, "(did you mean `TAG`?)"),
        ("FROM ${x", nil, "Dockerfile:1:6: `${x` cannot be expanded: `}` is missing"),
        ("FROM a AS build", "biuld", "no stage is named `biuld` (did you mean `build`?)"),
        (
            "FROM a AS x1\nFROM b AS y2", "nosuchthing",
            "no stage is named `nosuchthing` (the stages are `x1`, `y2`)"
        ),
        ("FROM a", "1", "no stage is named `1`"),
        (
            "FROM a\nCOPY --from=7 / /", nil,
            "Dockerfile:2:6: there is no stage 7: the file has 1, and counts from 0"
        ),
        (
            "FROM a\nCOPY --from=$x / /", nil,
            "Dockerfile:2:6: `--from=$x` has a variable, which `COPY` does not replace there"
        ),
        ("FROM a AS me\nCOPY --from=me / /", nil, "Dockerfile:2:6: the stage `me` needs itself"),
        (
            "FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nCOPY --from=x / /", nil,
            "Dockerfile:4:6: the stages `x`, `y` need each other"
        ),
        (
            "FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nFROM x", nil,
            "Dockerfile:2:6: `x` needs `y`, which comes after it (move `y` before it)"
        ),
        (
            "FROM a AS x\nCOPY --from=1 / /\nFROM x", nil,
            "Dockerfile:2:6: `x` needs `stage 1`, which comes after it"
        ),
        (
            "FROM --platform=bogus/xx/yy/zz a", nil,
            "Dockerfile:1:6: the platform `bogus/xx/yy/zz` is `bogus/xx/yy/zz`: expected"
        ),
        (
            "ARG MY_ARCH=x\nFROM --platform=linux/${MYARCH} a", nil,
            "Dockerfile:2:6: the platform `linux/${MYARCH}` is `linux/`: expected `OS/ARCHITECTURE[/VARIANT]` (did you mean `MY_ARCH`?)"
        ),
        ("FROM a AS b\nONBUILD COPY x\nFROM b", nil, "`COPY` needs a source and a destination"),
    ])
    func `that cannot be is refused`(text: String, target: String?, expected: String) {
        let error = #expect(throws: DockerfileError.self) { try plan(text, target: target) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `leaves a stage alone that nobody needs and that needs a later one`() throws {
        let plan = try plan("FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nFROM y")
        #expect(plan.stages.map(\.stage.index) == [1, 2])
    }

    @Test func `puts triggers before a stage's own instructions`() throws {
        let text =
            "FROM t AS tools\nFROM a AS base\nONBUILD COPY --from=tools / /\nFROM base AS mid\nRUN x\nFROM mid"
        let plan = try plan(text)
        #expect(plan.stages.map(\.stage.index) == [0, 1, 2, 3])
        #expect(plan.stages[2].instructions.map(\.text) == ["COPY --from=tools / /", "RUN x"])
        #expect(plan.stages.map(\.triggerCount) == [0, 0, 1, 0])
    }

    @Test func `learns the triggers of an image`() throws {
        let first = try plan("FROM t AS tools\nFROM base\nRUN x")
        #expect(first.stages.map(\.stage.index) == [1])
        let plan = try first.adding(
            triggers: ["ENV a=b", "COPY --from=tools / /", "COPY --from=img:1 / /"], of: "base", to: 1)
        #expect(plan.stages.map(\.stage.index) == [0, 1])
        #expect(plan.stages[1].instructions.map(\.keyword) == [.env, .copy, .copy, .run])
        #expect(plan.images.map(\.reference) == ["t", "base", "img:1"])
        let error = #expect(throws: DockerfileError.self) {
            try first.adding(triggers: ["COPY a"], of: "base", to: 1)
        }
        #expect(error?.description.hasPrefix("base ONBUILD 1:1:1: `COPY` needs") == true)
        #expect(throws: DockerfileError.self) {
            try first.adding(triggers: ["ONBUILD RUN x"], of: "base", to: 1)
        }
    }

    @Test func `lets named contexts stand in for stages and images`() throws {
        let text = "FROM a AS one\nRUN x\nFROM Two\nCOPY --from=one / /\nCOPY --from=three / /"
        let plan = try plan(text, contexts: ["one", "two", "three"])
        #expect(plan.images.isEmpty)
        #expect(plan.stages.map(\.base) == [.context("Two")])
        let origins = try plan.stages[0].instructions.map { instruction in
            guard case .copy(let copy) = instruction.action else {
                throw Unexpected(instruction: instruction)
            }
            return try plan.origin(of: copy)
        }
        #expect(origins == [.context("one"), .context("three")])
    }

    @Test func `warns of variables in FROM that nothing sets`() throws {
        #expect(
            try plan("FROM a$x").warnings.map(\.description) == [
                "Dockerfile:1:6: no `ARG` before the first `FROM` sets `x` (UndefinedArgInFrom)"
            ])
    }
}

@Suite("A stage's variables") struct StageVariablesTests {
    private func values(_ text: String, arguments: [String: String] = [:]) throws -> StageVariables {
        let plan = try plan(text, arguments: arguments)
        var variables = StageVariables(environment: ["PATH=/bin", "old=base"])
        for instruction in try #require(plan.stages.last).instructions {
            switch try instruction.expanded(by: plan.expander(variables.values)).action {
            case .env(let assignments): variables.set(assignments)
            case .arg(let argument): try variables.declare(argument, in: plan)
            default: break
            }
        }
        return variables
    }

    @Test func `come from ARG, ENV and the base`() throws {
        let text =
            "ARG g=global\nARG unseen=1\nFROM a\nARG g x=1 y=$x-$old\nENV z=$y$unseen old=new\nARG w\nARG TARGETARCH"
        #expect(
            try values(text).values == [
                "PATH": "/bin", "old": "new", "g": "global", "x": "1", "y": "1-base", "z": "1-base",
                "TARGETARCH": "amd64",
            ])
        #expect(try values(text).argumentNames == ["g", "x", "y", "TARGETARCH"])
        let given = try values(text, arguments: ["x": "$2", "w": "3", "g": "4", "other": "5"])
        #expect(given.values["y"] == "$2-base")
        #expect(given.values["w"] == "3" && given.values["g"] == "4" && given.values["other"] == nil)
    }

    @Test func `are those that were set last`() throws {
        #expect(try values("FROM a\nENV x=env\nARG x=arg").values["x"] == "arg")
        #expect(try values("FROM a\nARG x=arg\nENV x=env").argumentNames == [])
        #expect(try values("FROM a\nENV x=env\nARG x").values["x"] == "env")
    }

    @Test func `do not fail for a default that is not used`() throws {
        #expect(try values("FROM a\nARG x=${y:?no}", arguments: ["x": "1"]).values["x"] == "1")
        #expect(throws: DockerfileError.self) { try values("FROM a\nARG x=${y:?no}") }
    }
}
