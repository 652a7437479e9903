import ControlAPI
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Commands

@Suite("The exit status", .temporaryDirectory) struct ExitStatusTests {
    @Test(
        arguments: [
            (HTTPResponse.Status.notFound, 4), (.badRequest, 5), (.conflict, 5), (.internalServerError, 1),
            (.serviceUnavailable, 1),
        ] as [(HTTPResponse.Status, Int32)])
    func `and the words tell what the daemon answered`(status: HTTPResponse.Status, code: Int32) async throws
    {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon { _ in
            .json(status, FailureRecord(message: "a.yaml:1:1: first\na.yaml:2:1: second", hint: "mend it"))
        }
        let result = try await daemon.serve(in: directory) {
            await execute(["run", "show", "r1", "--data", directory.path])
        }
        #expect(result.status == code)
        #expect(result.said == ["error: a.yaml:1:1: first", "error: a.yaml:2:1: second", "hint: mend it"])
        #expect(result.output.isEmpty)
    }

    @Test func `is 3 where no daemon is, and the words say how to start one`() async throws {
        let path = try TemporaryDirectory.required.path
        let result = await execute(["task", "list"], environment: ["SLIPWAY_DATA": path])
        #expect(result.status == 3)
        #expect(
            result.said == [
                "error: could not reach the daemon on `\(path)/slipway.sock`: there is no such socket",
                "hint: start it with `slipway serve --data \(path)`",
            ])
    }

    @Test func `is 3 where a socket was left behind or a host refuses`() async throws {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon { _ in .text("") }
        _ = try await daemon.serve(in: directory) { 0 }
        for words in [["--data", directory.path], ["--host", "http://127.0.0.1:1"]] {
            let result = await execute(["run", "list"] + words)
            #expect(result.status == 3, "\(result.said)")
            #expect(result.said.last?.hasPrefix("hint: start it with `slipway serve") == true)
        }
    }

    @Test func `is 1 where the answer is no record of ours`() async throws {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon { _ in .text("<html>") }
        let result = try await daemon.serve(in: directory) {
            await execute(["run", "list", "--data", directory.path])
        }
        #expect(result.status == 1)
        #expect(result.said.last == "hint: compare the versions with `slipway version`")
    }

    @Test(
        arguments: [
            ([], 0), (["--help"], 0), (["task"], 0), (["--version"], 0), (["help", "build"], 0), (["lgs"], 2),
            (["run", "list", "--limit", "x"], 2), (["run", "list", "--limit", "0"], 2), (["logs"], 2),
            (["run", "list", "--output", "xml"], 2), (["build"], 2), (["build", ".", "--label", "x"], 2),
            (["build", ".", "--build-arg", "=x"], 2), (["image", "import", "x.tar"], 2),
            (["image", "import", "x.tar", "-t", "a:1", "--env", "novalue"], 2),
            (["image", "import", "x.tar", "-t", "a:1", "--entrypoint", "[1]"], 2),
            (["run", "list", "--host", "nonsense"], 2), (["task", "create", "-f", "/no/such/file"], 4),
            (["image", "import", "/no/such.tar", "-t", "a:1"], 4),
            (["build", "--data", "/no/such", "/no/such/dir"], 1),
        ] as [([String], Int32)])
    func `of a command line without a daemon`(words: [String], status: Int32) async {
        let result = await execute(words)
        #expect(result.status == status, "\(result.said)")
        if status == 0 {
            #expect(result.said.isEmpty && !result.output.isEmpty)
        } else {
            #expect(result.output.isEmpty)
            #expect(result.said.first?.hasPrefix("error: ") == true)
            #expect(result.said.first?.hasSuffix(".") == false)
        }
    }

    @Test(arguments: [
        "serve", "build", "task create", "task list", "task show", "task update", "task delete", "task run",
        "run list", "run show", "run cancel", "logs", "why", "image list", "image show", "image import",
        "version",
    ])
    func `of every command's help is 0`(command: String) async {
        let result = await execute(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: slipway \(command)"))
    }
}

@Suite("A command", .temporaryDirectory) struct CommandTests {
    static func with(
        _ words: [String], environment: [String: String] = [:],
        _ answer: @escaping @Sendable (FakeDaemon.Received) -> FakeDaemon.Answer
    ) async throws -> (result: Executed, requests: [FakeDaemon.Received]) {
        let directory = try TemporaryDirectory.required
        let daemon = FakeDaemon(answer)
        let result = try await daemon.serve(in: directory) {
            await execute(
                words + ["--data", directory.path], environment: environment, directory: directory.path)
        }
        return (result, daemon.requests)
    }

    static let task = TaskRecord(
        name: "app", version: 1, description: nil, source: nil, triggers: [], origin: "api", file: "a.yaml",
        updated: "2026-01-31T11:00:00Z")

    @Test func `asks for runs as its options say`() async throws {
        let list = RunList(runs: [RunDetail.sample(state: "running").run])
        let (result, requests) = try await Self.with(
            [
                "run", "list", "--task", "a b", "--state", "running", "--limit", "5", "--before", "r9", "-o",
                "json",
            ]
        ) { _ in .json(.ok, list) }
        #expect(result.status == 0, "\(result.said)")
        #expect(try JSONDecoder().decode(RunList.self, from: Data(result.output.utf8)) == list)
        #expect(requests.map(\.line) == ["GET /runs?task=a%20b&state=running&limit=5&before=r9"])
    }

    @Test func `sends a task file and its name`() async throws {
        try TemporaryDirectory.required.write("steps: []\n", to: "a.yaml")
        let (result, requests) = try await Self.with(["task", "create", "-f", "a.yaml", "--name", "app"]) {
            _ in
            .json(.created, Self.task)
        }
        #expect(result.status == 0, "\(result.said)")
        #expect(requests.map(\.line) == ["POST /tasks"])
        let sent: TaskText? = try requests.first?.decoded()
        #expect(sent == TaskText(name: "app", file: "a.yaml", text: "steps: []\n"))
        #expect(result.output.hasPrefix("task     app\n"))
    }

    @Test func `refuses a task file that is no text`() async throws {
        let path = try TemporaryDirectory.required.path("bad.yaml")
        try Data([0xFF, 0xFE]).write(to: URL(filePath: path))
        let result = await execute(["task", "create", "-f", path])
        #expect(result.status == 5)
        #expect(result.said == ["error: `\(path)` is no UTF-8 text"])
    }

    @Test func `puts and deletes by name, whatever is in it`() async throws {
        try TemporaryDirectory.required.write("steps: []\n", to: "a.yaml")
        let put = try await Self.with(["task", "update", "a/b?", "-f", "a.yaml"]) { _ in .json(.ok, Self.task)
        }
        #expect(put.requests.map(\.line) == ["PUT /tasks/a%2Fb%3F"])
        let deleted = try await Self.with(["task", "delete", "app"]) { _ in .text("") }
        #expect(deleted.result.status == 0 && deleted.requests.map(\.line) == ["DELETE /tasks/app"])
    }

    @Test func `runs a task in the user's name and prints the run's id alone`() async throws {
        let (result, requests) = try await Self.with(["task", "run", "app"], environment: ["USER": "ann"]) {
            _ in
            .json(.accepted, QueuedRuns(runs: ["r7"]))
        }
        #expect(result.output == "r7\n")
        #expect(try requests.first?.decoded() == Requester(requester: "ann"))
    }

    @Test func `imports a root file system as it is`() async throws {
        let bytes = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try bytes.write(to: URL(filePath: TemporaryDirectory.required.path("root.tar")))
        let (result, requests) = try await Self.with([
            "image", "import", "root.tar", "--tag", "base/busybox:1", "--env", "A=1", "--env", "B=x y",
            "--entrypoint", "/bin/sh", "--cmd", #"["-c","id"]"#, "--label", "k=v", "--workdir", "/w",
        ]) { _ in .json(.created, ImportedImage(reference: "h/base/busybox:1", digest: "sha256:aa")) }
        #expect(result.output == "h/base/busybox:1@sha256:aa\n", "\(result.said)")
        #expect(
            requests.map(\.line) == [
                "POST /images/import?tag=base%2Fbusybox%3A1&workdir=%2Fw&entrypoint=%5B%22%5C%2Fbin%5C%2Fsh%22%5D"
                    + "&command=%5B%22-c%22%2C%22id%22%5D&env=A%3D1&env=B%3Dx%20y&label=k%3Dv"
            ])
        #expect(requests.first?.body == bytes)
    }

    @Test func `lists one repository, or says that it is not there`() async throws {
        let list = ImageList(
            images: ["a", "b"].map {
                ImageRecord(
                    repository: $0, tag: "1", digest: "sha256:aa", size: 1, pushed: "2026-01-31T11:00:00Z")
            })
        let found = try await Self.with(["image", "list", "b"]) { _ in .json(.ok, list) }
        #expect(found.result.output.split(separator: "\n").count == 2)
        let missing = try await Self.with(["image", "list", "c"]) { _ in .json(.ok, list) }
        #expect(missing.result.status == 4)
        #expect(missing.result.said.first == "error: no image named `c` in the embedded registry")
    }

    @Test func `tells its version with and without a daemon`() async throws {
        let version = VersionRecord(version: "9.9", registry: "127.0.0.1:1", data: "/d")
        let (result, _) = try await Self.with(["version"]) { _ in .json(.ok, version) }
        #expect(result.output.contains("client    \(SlipwayVersion.current)\n"))
        #expect(result.output.contains("daemon    9.9\n"))
        let alone = await execute(["version", "--data", "/nowhere"])
        #expect(alone.status == 0)
        #expect(alone.output.contains("does not answer on /nowhere/slipway.sock"))
    }

    @Test func `prints a log as it is`() async throws {
        let (result, requests) = try await Self.with(["logs", "r1"]) { _ in .text("one\ntwo\n") }
        #expect(result.output == "one\ntwo\n" && result.status == 0)
        #expect(requests.map(\.line) == ["GET /runs/r1/logs?offset=0&follow=false"])
    }
}
