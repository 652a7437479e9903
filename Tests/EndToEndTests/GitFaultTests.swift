import ControlAPI
import Foundation
import TestSupport
import Testing

@Suite("A Git repository", .temporaryDirectory, .timeLimit(.minutes(5))) struct GitFaultTests {
    @Test func `that does not answer is told, and asked again`() async throws {
        try await SlipwayDaemon.running { daemon in
            let port = try SlipwayDaemon.freePort()
            let url = "git://127.0.0.1:\(port)/repository"
            try await daemon.createTask("source: \(url)#main\nsteps:\n- build: .\n")
            try await eventually("the fault is told") {
                try await daemon.fault(of: "hello")?.contains("`\(url)`") == true
            }
            try await daemon.succeed("task", "run", "hello")
            try await eventually("the run is put off") {
                let run = try await daemon.run("r1").run
                return run.state == "queued" && run.message?.contains(url) == true
            }
            #expect(try await daemon.succeed("logs", "r1").contains("r1 will be tried again at "))

            let repository = try GitFixture(at: daemon.directory.path("served/repository"))
            try repository.commit("First", ["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
            let server = try GitServer(port: port, folder: daemon.directory.path("served"))
            defer { server.stop() }
            let run = try await daemon.succeeded("r1")
            #expect(run.run.attempt > 1)
            try await eventually("the fault is over") { try await daemon.fault(of: "hello") == nil }
        }
    }

    @Test func `without the branch is told with what was probably meant`() async throws {
        try await SlipwayDaemon.running { daemon in
            let repository = try GitFixture(at: daemon.directory.path("repository"))
            try repository.commit(message: "one")
            try await daemon.importBase(version: 1)
            try await daemon.createTask(repository.task(reference: "mian"))
            try await eventually("the fault is told") {
                try await daemon.fault(of: "hello")?.contains("`mian`") == true
            }
            #expect(try await daemon.runs() == [])
            let run = try await daemon.slipway("task", "run", "hello", "--follow")
            #expect(
                run.status == 1 && run.errors.contains("`mian`") && run.errors.contains("`main`"),
                "\(run.errors)")

            try repository.git("branch", "mian")
            let later = try await daemon.succeeded("r2")
            #expect(later.run.branch == "mian")
        }
    }

    @Test func `that was deleted and made again is built from its new head`() async throws {
        try await SlipwayDaemon.running { daemon in
            let repository = try GitFixture(at: daemon.directory.path("repository"))
            try repository.commit(message: "one")
            try await daemon.importBase(version: 1)
            try await daemon.createTask(repository.task())
            try await daemon.succeeded("r1")

            try FileManager.default.removeItem(atPath: repository.path)
            try await eventually("the fault is told") {
                try await daemon.fault(of: "hello")?.contains("there is no Git repository") == true
            }
            let again = try GitFixture(at: repository.path)
            let head = try again.commit(message: "another")
            let r2 = try await daemon.succeeded("r2")
            #expect(r2.run.commit == head)
            #expect(r2.causes.map(\.summary).first?.contains("which does not follow") == true, "\(r2.causes)")
            try await eventually("the fault is over") { try await daemon.fault(of: "hello") == nil }
            #expect(try await daemon.runs().count == 2)
        }
    }
}

extension SlipwayDaemon {
    /// What keeps the daemon from seeing a task's source.
    func fault(of task: String) async throws -> String? {
        try await record(TaskRecord.self, "task", "show", task).fault
    }
}

/// Git's own server for the `git://` protocol.
final class GitServer: Sendable {
    private let program: RunningProgram

    /// - Parameter folder: holds the repositories.
    init(port: Int, folder: String) throws {
        program = try RunningProgram(
            "/usr/bin/env",
            [
                "git", "daemon", "--reuseaddr", "--listen=127.0.0.1", "--port=\(port)",
                "--base-path=\(folder)",
                "--export-all", "--log-destination=stderr",
            ], log: folder + "-server",
            // The repositories may belong to another user than the server's.
            environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            ])
    }

    func stop() { program.send(SIGTERM) }
}
