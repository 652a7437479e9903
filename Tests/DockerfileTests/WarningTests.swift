import Dockerfile
import Testing

@Suite("A warning") struct WarningTests {
    @Test(arguments: [
        ("FROM a AS Build", "Dockerfile:1:11: the stage name `Build` should be lower-case (StageNameCasing)"),
        ("FROM a as b", "Dockerfile:1:8: `as` and `FROM` should have the same letter case (FromAsCasing)"),
        (
            "FROM a\nRUN x \\\n\n y",
            "Dockerfile:3:1: an empty line stands inside of an instruction (NoEmptyContinuation)"
        ),
        (
            "FROM a\nRUN x\nrun y",
            "Dockerfile:3:1: `run` should be upper-case, as most instructions here are (ConsistentInstructionCasing)"
        ),
        (
            "FROM a AS x\nFROM b AS x",
            "Dockerfile:2:1: an earlier stage is named `x` too (DuplicateStageName)"
        ),
        (
            "FROM a AS scratch",
            "Dockerfile:1:1: `scratch` is a reserved word, and should not name a stage (ReservedStageName)"
        ),
        (
            "FROM a\nCMD x",
            "Dockerfile:2:1: `CMD` should be a JSON array: a shell in between keeps signals from the program (JSONArgsRecommended)"
        ),
        (
            "FROM a\nMAINTAINER x",
            "Dockerfile:2:1: `MAINTAINER` is deprecated; a label can name the author (MaintainerDeprecated)"
        ),
        (
            "FROM a\nWORKDIR x",
            "Dockerfile:2:1: `x` is relative to a directory that the base image decides (WorkdirRelativePath)"
        ),
        (
            "FROM a\nCMD []\nCMD []",
            "Dockerfile:2:1: this `CMD` has no effect, as another one follows in the stage (MultipleInstructionsDisallowed)"
        ),
        (
            "FROM a\nENV x y",
            "Dockerfile:2:1: `ENV NAME=VALUE` should be used in place of the old `ENV NAME VALUE` (LegacyKeyValueFormat)"
        ),
        (
            "FROM a\nARG API_TOKEN",
            "Dockerfile:2:5: `ARG` puts `API_TOKEN` into the image's history, where anybody can read it (SecretsUsedInArgOrEnv)"
        ),
        (
            "FROM a\nEXPOSE 80/TCP",
            "Dockerfile:2:8: the protocol of `80/TCP` should be lower-case (ExposeProtoCasing)"
        ),
        (
            "FROM a\nEXPOSE 80:80",
            "Dockerfile:2:8: `80:80` names an address or a host's port, which `EXPOSE` does not use (ExposeInvalidFormat)"
        ),
        (
            "FROM a\nONBUILD RUNN x",
            "Dockerfile:2:9: builds on this image will fail: unknown instruction `RUNN` (InvalidTrigger)"
        ),
    ])
    func `says what is probably not meant`(text: String, expected: String) throws {
        #expect(try Dockerfile(parsing: text).warnings.map(\.description) == [expected])
    }

    @Test(arguments: [
        "FROM a\nSHELL [\"x\"]\nCMD x", "FROM a AS b\nWORKDIR /x\nWORKDIR y\nENV PUBLIC_KEY=x KEYS=x",
        "from a as b\nrun x",
        "# check=skip=MaintainerDeprecated,JSONArgsRecommended because\nFROM a\nMAINTAINER x\nCMD x",
        "# check=skip=all\nFROM a\nMAINTAINER x",
        "FROM a\n# check=skip=MaintainerDeprecated\nMAINTAINER x", "FROM a\nEXPOSE $x",
        "FROM a\nCMD []\nFROM b\nCMD []", "ARG API_TOKEN\nFROM a",
    ])
    func `is not given where all is well, or where the file asks for none`(text: String) throws {
        #expect(try Dockerfile(parsing: text).warnings == [])
    }

    @Test func `stops a build where the file asks for that`() throws {
        let file = try Dockerfile(parsing: "# check=error=true\nFROM a\nMAINTAINER x")
        let error = #expect(throws: DockerfileError.self) { try BuildPlan(file, BuildPlan.Request()) }
        #expect(error?.description.contains("Dockerfile:3:1: `MAINTAINER` is deprecated") == true)
    }
}
