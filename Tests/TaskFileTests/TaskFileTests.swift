import TaskFile
import Testing

private func parse(_ text: String, _ values: RunValues = .forChecking) throws -> TaskDefinition {
    try TaskDefinition(parsing: text, file: "t.yaml", values: values)
}

@Suite("A task file") struct TaskFileTests {
    @Test func `says source, triggers and steps`() throws {
        let task = try parse(
            """
            version: v1.1.0
            name: hello
            source: https://git.example/app.git#main:docker/web
            triggers:
              commit: {interval: 1s}
              baseImage: {type: all, interval: 500ms}
            steps:
              - id: image
                build: -t $Registry/app:{{.Run.ID}} --tag=$Registry/app:latest -f Dockerfile --build-arg "A=b c" .
              - push: ["$Registry/app:{{ .Run.ID }}", $Registry/app:latest]
                timeout: 30
            """, RunValues(id: "r7", registry: "127.0.0.1:5000", date: "20260101-000000z"))
        #expect(task.name == "hello")
        #expect(task.source?.url == "https://git.example/app.git")
        #expect(task.source?.reference == "main")
        #expect(task.source?.folder == "docker/web")
        #expect(task.commitTrigger == CommitTrigger(isEnabled: true, interval: 1))
        #expect(task.baseImageTrigger == BaseImageTrigger(isEnabled: true, scope: .all, interval: 0.5))
        var build = BuildStep()
        build.tags = ["127.0.0.1:5000/app:r7", "127.0.0.1:5000/app:latest"]
        build.file = "Dockerfile"
        build.buildArguments = ["A": "b c"]
        #expect(task.steps.map(\.id) == ["image", "acb_step_1"])
        #expect(task.steps.first?.action == .build(build))
        #expect(task.steps.last?.action == .push(["127.0.0.1:5000/app:r7", "127.0.0.1:5000/app:latest"]))
        #expect(task.steps.map(\.timeout) == [600, 30])
    }

    @Test func `has aliases from v1.1.0 only`() throws {
        let steps = "steps: [{push: ['$Registry/$$x/$Unknown:1']}]"
        let old = try parse("version: v1.0.0\n\(steps)")
        #expect(old.steps.first?.action == .push(["$Registry/$$x/$Unknown:1"]))
        let new = try parse("version: V1.1.0\n\(steps)")
        #expect(new.steps.first?.action == .push(["registry.example/$x/$Unknown:1"]))
    }

    @Test(arguments: [
        ("steps: []\nstpes: []", "t.yaml:2:1: unknown key `stpes` (did you mean `steps`?)"),
        ("steps: 7", "t.yaml:1:8: `steps` should be a list, and is `7`"),
        ("name: x", "t.yaml:1:1: `steps` is missing: expected a list of `build` and `push` steps"),
        (
            "steps:\n- push: a/b",
            "t.yaml:2:9: `push` should be a list, and is `a/b` (write `push: [\"a/b\"]`)"
        ),
        ("steps:\n- biuld: .", "t.yaml:2:3: unknown key `biuld` (did you mean `build`?)"),
        (
            "steps:\n- build: --tga x .",
            "t.yaml:2:10: `build` has the unknown flag `--tga` (did you mean `--tag`?)"
        ),
        ("steps:\n- build: -t x", "t.yaml:2:10: `build` has no context (end it with a folder, such as `.`)"),
        ("steps:\n- build: . b", "t.yaml:2:10: `build` has two contexts, `.` and `b`: expected one folder"),
        ("steps:\n- build: 'x", "t.yaml:2:12: the YAML cannot be read"),
        ("steps: [}", "t.yaml:1:9: the YAML cannot be read"),
        ("steps: []\nsteps: []", "is there more than once"),
        ("", "t.yaml:1:1: the file is empty: expected `steps`"),
        ("- a", "t.yaml:1:1: a task file should be a mapping, and is a list"),
        ("version: 1.1.0\nsteps: []", "t.yaml:1:10: `version` should be one of"),
        ("timeout: 010\nsteps: []", "t.yaml:1:10: `timeout` should be a whole number, and is `010`"),
        ("steps: []\ntriggers: {commit: true}", "t.yaml:2:20: a `commit` trigger needs a `source`"),
        ("steps: []\nsource: 'x#main:../y'", "t.yaml:2:9: `source` should be"),
        ("steps: []\nname: 'a b'", "t.yaml:2:7: `name` should be"),
        (
            "steps:\n- id: a\n  build: .\n- id: a\n  build: .",
            "t.yaml:4:3: the step id `a` is there more than once"
        ),
        ("steps:\n- build: .\n  push: [x]", "a step should have only one of `build` and `push`"),
        ("steps:\n- {}", "a step should have a `build` or a `push`"),
        ("steps:\n- push: ['a:{{.Run.Id}}']", "t.yaml:2:13: `.Run.Id` is not known"),
        ("steps:\n- push: ['a:{{.Run.ID']", "t.yaml:2:13: `{{` is not closed by `}}`"),
        ("steps:\n- cmd: bash", "the key `cmd` is ACR's, and this version of slipway cannot honour it"),
        ("triggers: {commit: {interval: soon}}\nsource: x\nsteps: []", "`interval` should be a time"),
    ])
    func `with a mistake says where and what`(text: String, expected: String) {
        let error = #expect(throws: TaskFileError.self) { try parse(text) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `reports all its mistakes at once`() {
        let error = #expect(throws: TaskFileError.self) {
            try parse("nmae: x\nsteps:\n- build: -t x\n- pshu: []\n")
        }
        #expect(error?.problems.map(\.line) == [1, 3, 4, 4])
    }

    @Test(arguments: [
        ("u", "u"), ("u#r", "u#r"), ("u#:f", "u#:f"), ("u#r:./a//b/", "u#r:a/b"), ("u#", "u"),
    ])
    func `names a source as docker does`(text: String, expected: String) {
        #expect(SourceLocation(text)?.description == expected)
    }
}

@Suite("A template") struct TemplateTests {
    @Test(arguments: [("{{\"{{\"}}x", "{{x"), ("{{\"\"}}", "")])
    func `that is a text in quotes is that text`(template: String, expected: String) throws {
        let task = try TaskDefinition(
            parsing: "steps: [{build: '--label a=\(template)- .'}]", file: "x.yaml")
        guard case .build(let build) = task.steps.first?.action else {
            Issue.record("there is no build step")
            return
        }
        #expect(build.labels == ["a": expected + "-"])
    }
}

@Suite("A source") struct SourceLocationTests {
    @Test(arguments: [
        ("https://ann:s3cret@git.example/app.git#main:web", "https://git.example/app.git#main:web"),
        ("https://token@git.example/a@b", "https://git.example/a@b"),
        ("https://git.example?q=a@b", "https://git.example?q=a@b"),
        ("/srv/a@b#:web", "/srv/a@b#:web"),
    ])
    func `is told without the credentials of its URL`(text: String, told: String) throws {
        let source = try #require(SourceLocation(text))
        #expect(source.description == told)
        #expect(text.hasPrefix(source.url))
    }
}
