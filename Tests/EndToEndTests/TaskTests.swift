import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("The tasks of a daemon", .temporaryDirectory, .timeLimit(.minutes(5))) struct TaskTests {
    private static let empty = "version: v1.1.0\nsteps: []\n"

    @Test func `follow a folder of task files`() async throws {
        let directory = try TemporaryDirectory.required
        let good = try directory.write(Self.empty, to: "tasks/a.yaml")
        var options = SlipwayDaemon.Options()
        options.tasks = directory.path("tasks")
        try await SlipwayDaemon.running(options) { daemon in
            try await eventually("a file's task is there") { try await daemon.tasks() == ["a 1"] }
            #expect(try await daemon.record(TaskRecord.self, "task", "show", "a").origin == options.tasks)

            try directory.write(Self.empty, to: "tasks/b.yml")
            try directory.write("not a task", to: "tasks/notes.txt")
            try await eventually("a new file's task is there") { try await daemon.tasks() == ["a 1", "b 1"] }

            try directory.write(Self.empty + "description: changed\n", to: "tasks/a.yaml")
            try await eventually("a changed file is a new version") {
                try await daemon.tasks() == ["a 2", "b 1"]
            }

            try FileManager.default.removeItem(atPath: directory.path("tasks/b.yml"))
            try await eventually("a removed file's task is gone") { try await daemon.tasks() == ["a 2"] }

            let refused = try await daemon.slipway("task", "delete", "a")
            #expect(refused.status == 5)
            #expect(refused.errors.contains("the task `a` is kept equal to `\(directory.path("tasks"))`"))

            try directory.write("steps: []\nnmae: x\n", to: "tasks/a.yaml")
            try await eventually("the fault is told") {
                daemon.log.contains("\(good):2:1: unknown key `nmae` (did you mean `name`?)")
            }
            #expect(try await daemon.tasks() == ["a 2"], "the last good version stays")
        }
    }

    @Test func `are made, changed and deleted by commands`() async throws {
        try await SlipwayDaemon.running { daemon in
            try await daemon.createTask(Self.empty, name: "made")
            let again = try await daemon.slipway("task", "create", "-f", "made.yaml", "--name", "made")
            #expect(again.status == 5)
            #expect(
                again.errors.contains("error: a task named `made` is there already\nhint: "),
                "\(again.errors)")

            try daemon.directory.write(Self.empty + "description: better\n", to: "made.yaml")
            let updated = try await daemon.record(
                TaskRecord.self, "task", "update", "made", "-f", "made.yaml")
            #expect(updated.version == 2 && updated.description == "better")
            #expect(try await daemon.record(QueuedRuns.self, "task", "run", "made").runs == ["r1"])
            #expect(try await daemon.succeeded("r1").run.taskVersion == 2)

            try daemon.directory.write("steps: 7\n", to: "made.yaml")
            let refused = try await daemon.slipway("task", "update", "made", "-f", "made.yaml")
            #expect(refused.status == 5 && refused.errors.contains("made.yaml:1:8: `steps` should be a list"))
            #expect(try await daemon.tasks() == ["made 2"])

            try await daemon.succeed("task", "delete", "made")
            #expect(try await daemon.tasks() == [])
            #expect(try await daemon.runs().map(\.state) == ["succeeded"], "its runs stay")
        }
    }

    @Test func `outlive the daemon`() async throws {
        try await SlipwayDaemon.running { daemon in
            try await daemon.createTask(Self.empty, name: "kept")
            await daemon.kill()
            try await daemon.start()
            #expect(try await daemon.tasks() == ["kept 1"])
        }
    }

    @Test(arguments: [
        ("stpes:\n- build: .\n", "bad.yaml:1:1: unknown key `stpes` (did you mean `steps`?)"),
        ("steps:\n- build: .\n  tag: x\n", "bad.yaml:3:3: unknown key `tag`"),
        ("steps: 7\n", "bad.yaml:1:8: `steps` should be a list, and is `7`"),
        ("steps:\n- build: \"x\n", "bad.yaml:3:1: the YAML cannot be read"),
        ("steps:\n- build: --tga x .\n", "has the unknown flag `--tga` (did you mean `--tag`?)"),
        ("steps:\n- push: ['a:{{.Run.Id}}']\n", "bad.yaml:2:13: `.Run.Id` is not known"),
    ])
    func `are refused with the place of what is wrong`(text: String, expected: String) async throws {
        try await SlipwayDaemon.running { daemon in
            let file = try daemon.directory.write(text, to: "bad.yaml")
            let outcome = try await daemon.slipway("task", "create", "--file", file, "--name", "bad")
            #expect(outcome.status == 5 && outcome.output.isEmpty)
            #expect(
                outcome.errors.hasPrefix("error: ") && outcome.errors.contains(expected), "\(outcome.errors)")
            #expect(try await daemon.tasks() == [])
        }
    }
}

extension SlipwayDaemon {
    /// The tasks with their versions, by name.
    func tasks() async throws -> [String] {
        try await record(TaskList.self, "task", "list").tasks.map { "\($0.name) \($0.version)" }
    }
}
