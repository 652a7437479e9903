import Dockerfile
import Testing

private func warnings(
    _ text: String, arguments: [String: String] = [:], target: String? = nil,
    environment: [String]? = ["PATH=/bin"], platform: String = "linux/amd64", ignored: String = ""
) throws -> [String] {
    var request = BuildPlan.Request()
    request.arguments = arguments
    request.target = target
    request.includesAllStages = true
    request.platformArguments = ["TARGETPLATFORM": "linux/amd64", "BUILDPLATFORM": "linux/amd64"]
    let plan = try BuildPlan(try Dockerfile(parsing: text), request)
    var surroundings = BuildPlan.Surroundings()
    surroundings.ignored = try IgnoreFile(parsing: Array(ignored.utf8))
    if let environment {
        for stage in plan.stages {
            surroundings.bases[stage.stage.index] = BuildPlan.KnownBase(
                environment: environment, platform: platform, wantedPlatform: "linux/amd64/v2")
        }
    }
    return try plan.warnings(knowing: surroundings).map(\.description)
}

@Suite("A check of a whole file") struct CheckTests {
    @Test(arguments: [
        (
            "FROM --platform=$TARGETPLATFORM a",
            "Dockerfile:1:6: `--platform=$TARGETPLATFORM` says what `FROM` does anyway (RedundantTargetPlatform)"
        ),
        (
            "FROM --platform=linux/arm64 a",
            "Dockerfile:1:6: `--platform=linux/arm64` is the same for every platform that is built for (FromPlatformFlagConstDisallowed)"
        ),
        (
            "ARG T\nFROM a:$T",
            "Dockerfile:2:6: `FROM a:$T` names no valid image when no build argument is given (InvalidDefaultArgInFrom)"
        ),
        ("FROM a\nENV b=$c", "Dockerfile:2:5: nothing sets the variable `c` (UndefinedVar)"),
        (
            "FROM a\nARG version=1\nENV b=$verison",
            "Dockerfile:3:5: nothing sets the variable `verison` (did you mean `version`?) (UndefinedVar)"
        ),
        ("FROM a\nARG b=$c", "Dockerfile:2:5: nothing sets the variable `c` (UndefinedVar)"),
        (
            "FROM a AS b\nARG x\nFROM b\nCOPY $x$y /",
            "Dockerfile:4:6: nothing sets the variable `y` (UndefinedVar)"
        ),
        ("FROM a\nCOPY <<E /\n$z\nE", "Dockerfile:3:1: nothing sets the variable `z` (UndefinedVar)"),
        (
            "FROM a\nRUN --mount=type=cache,target=/$z x",
            "Dockerfile:2:5: nothing sets the variable `z` (UndefinedVar)"
        ),
        ("FROM scratch\nUSER $USR", "Dockerfile:2:6: nothing sets the variable `USR` (UndefinedVar)"),
    ])
    func `warns of what its variables come to`(text: String, expected: String) throws {
        #expect(try warnings(text, arguments: ["T": "1"]) == [expected])
    }

    @Test(arguments: [
        "FROM --platform=$BUILDPLATFORM a", "FROM --platform=linux/arm64 a AS build-arm64",
        "ARG T=1\nFROM a:$T", "FROM a\nARG x\nENV y=$x", "FROM a\nENV x=1\nENV y=$x z=$PATH",
        "FROM a\nCOPY <<'E' /\n$z\nE",
        "# check=skip=UndefinedVar\nFROM a\nENV b=$c", "FROM a\n# check=skip=UndefinedVar\nENV b=$c",
        "# check=skip=FromPlatformFlagConstDisallowed\nFROM --platform=linux/arm64 a",
        "# check=skip=all\nFROM --platform=linux/arm64 a",
    ])
    func `finds nothing where all is well`(text: String) throws {
        #expect(try warnings(text) == [])
    }

    @Test func `does not guess what an unknown base sets`() throws {
        #expect(try warnings("FROM a AS b\nENV x=$y\nFROM b\nENV z=$y${q:?no}", environment: nil) == [])
        #expect(
            try warnings("FROM scratch\nENV x=$y", environment: nil) == [
                "Dockerfile:2:5: nothing sets the variable `y` (UndefinedVar)"
            ])
    }

    @Test func `warns of a base for another platform`() throws {
        #expect(
            try warnings("FROM a", platform: "linux/arm64/v8") == [
                "Dockerfile:1:6: `a` is an image for `linux/arm64/v8`, and `linux/amd64/v2` is built for (InvalidBaseImagePlatform)"
            ])
    }

    @Test(arguments: [
        ("COPY a.log /", "*.log", ["2:6: `a.log`"]), ("ADD [\"./d/x\", \"/\"]", "d", ["2:6: `./d/x`"]),
        ("COPY x a.log /", "*.log", ["2:8: `a.log`"]), ("COPY . /", "*", ["2:6: `.`"]),
        ("COPY . /", "*.log", []), ("COPY --from=b a.log /", "*.log", []), ("COPY a.log /", "*\n!a.*", []),
        ("ADD https://example.com/a.log /", "*", []), ("COPY *.log /", "a.log", []),
    ])
    func `warns of files that are ignored`(line: String, ignored: String, expected: [String]) throws {
        let found = try warnings("FROM a\n" + line, ignored: ignored)
        #expect(
            found
                == expected.map {
                    "Dockerfile:\($0) is not in the build context: `.dockerignore` leaves it out (CopyIgnoredFile)"
                })
    }

    @Test(arguments: [
        (
            "# about base\nFROM a AS base",
            "Dockerfile:3:1: the comment before the stage `base` should start with its name"
        ),
        (
            "FROM a\n# the x\nARG x y",
            "Dockerfile:4:1: the comment before the argument `x` should start with its name"
        ),
        ("# base is first\nFROM a AS base", nil), ("# y is second\nARG x y\nFROM a", nil),
        ("# about all\n#\nFROM a AS base", nil), ("# about\nFROM a", nil),
    ])
    func `warns of comments only where the file asks for experimental rules`(
        text: String, expected: String?
    ) throws {
        #expect(try warnings(text) == [])
        for option in ["all", "X,InvalidDefinitionDescription"] {
            let found = try warnings("# check=experimental=\(option);skip=all\n" + text)
            #expect(found.count == (expected == nil ? 0 : 1))
            if let expected { #expect(found.first?.hasPrefix(expected) == true, "\(found)") }
        }
    }

    @Test func `leaves out what stages do that are not built`() throws {
        let text = "FROM a AS b\nENV x y\nMAINTAINER m\nFROM a AS c\nEXPOSE 80/TCP\nFROM c\nWORKDIR x"
        let rules = { (target: String?) in
            try warnings(text, target: target).map { $0.split(separator: "(").last.map(String.init) ?? "" }
        }
        #expect(
            try rules(nil) == [
                "LegacyKeyValueFormat)", "MaintainerDeprecated)", "ExposeProtoCasing)",
                "WorkdirRelativePath)",
            ])
        #expect(try rules("c") == ["MaintainerDeprecated)", "ExposeProtoCasing)"])
        var request = BuildPlan.Request()
        request.target = "c"
        let file = try Dockerfile(
            parsing: "# check=error=true\n" + text.replacing("MAINTAINER m\n", with: ""))
        #expect(throws: DockerfileError.self) { try BuildPlan(file, request) }
        request.target = "c"
        let skipped = try Dockerfile(
            parsing: "# check=error=true;skip=ExposeProtoCasing\n"
                + text.replacing("MAINTAINER m\n", with: ""))
        #expect(try BuildPlan(skipped, request).warnings == [])
    }

    @Test(arguments: [
        "FROM a AS b\nSHELL [\"x\"]\nFROM b\nCMD x",
        "FROM a AS b\nWORKDIR /x\nFROM b AS c\nFROM c\nWORKDIR y",
    ])
    func `knows what a stage inherits`(text: String) throws {
        #expect(try Dockerfile(parsing: text).warnings == [])
    }

    @Test func `can be asked for by the build in place of the file`() throws {
        let bytes = Array("# check=skip=all;error=true\nFROM a as b\nMAINTAINER x".utf8)
        let check = try CheckOptions(
            parsing: "skip=FromAsCasing;error=false", source: "BUILDKIT_DOCKERFILE_CHECK")
        let file = try Dockerfile(parsing: bytes, check: check)
        #expect(file.warnings.map(\.rule) == [.maintainerDeprecated])
        #expect(try BuildPlan(file, BuildPlan.Request()).warnings.count == 1)
        let error = #expect(throws: DockerfileError.self) {
            try CheckOptions(parsing: "error=x", source: "argument")
        }
        #expect(
            error?.description == "argument:1:1: the check option `error` is `x`: expected `true` or `false`")
    }

    @Test(arguments: ["ARG D\nFROM a${D}", "ARG D\nFROM a${D:-b}"])
    func `takes an argument without a value for declared`(text: String) throws {
        #expect(try warnings(text) == [])
    }

    @Test func `names each rule that BuildKit documents`() {
        let documented = [
            "ConsistentInstructionCasing", "CopyIgnoredFile", "DuplicateStageName", "ExposeInvalidFormat",
            "ExposeProtoCasing", "FromAsCasing", "FromPlatformFlagConstDisallowed",
            "InvalidBaseImagePlatform",
            "InvalidDefaultArgInFrom", "InvalidDefinitionDescription", "JSONArgsRecommended",
            "LegacyKeyValueFormat", "MaintainerDeprecated", "MultipleInstructionsDisallowed",
            "NoEmptyContinuation", "RedundantTargetPlatform", "ReservedStageName", "SecretsUsedInArgOrEnv",
            "StageNameCasing", "UndefinedArgInFrom", "UndefinedVar", "WorkdirRelativePath",
        ]
        #expect(Set(documented).isSubset(of: DockerfileWarning.Rule.allCases.map(\.rawValue)))
    }
}
