import Database
import Runs
import TaskFile
import TestSupport
import Testing

@Suite("A run store", .temporaryDirectory) struct RunStoreTests {
    static let text = """
        version: v1.1.0
        source: https://git.example/app.git#main:web
        steps: [{build: -t $Registry/app:$ID .}]
        """

    static func store() throws -> RunStore {
        RunStore(
            database: try StateDatabase(
                path: TemporaryDirectory.required.path("state.sqlite"), migrations: RunTables.migrations))
    }

    static func head(
        _ task: RegisteredTask, _ commit: String, tree: String, from: String? = nil
    ) -> Change {
        .head(
            HeadChange(
                taskID: task.id, source: "https://git.example/app.git#main:web", branch: "main",
                previousCommit: from,
                commit: commit, tree: tree, movement: from == nil ? .first : .forward, commitCount: 2,
                title: "Fix it", author: "Ann"))
    }

    /// A store with a task whose first run stands on `base` of digest `d1`.
    static func built(base: String = "docker.io/library/busybox:1") async throws -> (RunStore, RegisteredTask)
    {
        let store = try store()
        let task = try await store.createTask(text: text, file: "app.yaml", name: "app")
        try await store.record(head(task, "c1", tree: "t1"))
        let run = try #require(try await store.claimNext(owner: "w"))
        try await store.setBases(
            [
                RunBase(
                    reference: base, digest: "d1", isRuntime: true,
                    place: BasePlace(file: "Dockerfile", line: 3, instruction: "FROM"))
            ], of: run)
        #expect(try await store.finish(run, .succeeded, nil))
        return (store, task)
    }

    @Test func `queues one run for the first sight of a head`() async throws {
        let store = try Self.store()
        let task = try await store.createTask(text: Self.text, file: "app.yaml", name: "app")
        #expect(try await store.record(Self.head(task, "c1", tree: "t1")) == [RunID(number: 1)])
        #expect(try await store.record(Self.head(task, "c1", tree: "t1")).isEmpty)
        let details = try await store.details(of: RunID(number: 1))
        #expect(details.run.commit == "c1")
        #expect(
            details.causes.map(\.summary) == [
                "first sight of commit c1 \"Fix it\" by Ann on `main` of https://git.example/app.git#main:web"
            ])
    }

    @Test func `queues no run for commits that leave the folder alone`() async throws {
        let (store, task) = try await Self.built()
        #expect(try await store.record(Self.head(task, "c2", tree: "t1", from: "c1")).isEmpty)
        #expect(try await store.record(Self.head(task, "c3", tree: "t2", from: "c2")) == [RunID(number: 2)])
    }

    @Test func `gives a waiting run the newest commit and every cause`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        try await store.record(Self.head(task, "c3", tree: "t3", from: "c2"))
        let details = try await store.details(of: RunID(number: 2))
        #expect(details.run.commit == "c3")
        #expect(details.causes.count == 2)
        #expect(try await store.runs().count == 2)
    }

    @Test func `rebuilds once what stands on a base that moved`() async throws {
        let (store, _) = try await Self.built()
        let change = BaseImageChange(reference: "docker.io/library/busybox:1", digest: "d2")
        #expect(try await store.record(.baseImage(change)) == [RunID(number: 2)])
        let cause = try #require(try await store.details(of: RunID(number: 2)).causes.first)
        #expect(
            cause.summary == "base image docker.io/library/busybox:1 moved from digest d1 to digest d2, "
                + "found in `FROM` of Dockerfile line 3")
        // Seen again while the run waits, runs, and after it failed before it looked at its bases.
        #expect(try await store.record(.baseImage(change)).isEmpty)
        let run = try #require(try await store.claimNext(owner: "w"))
        #expect(try await store.record(.baseImage(change)).isEmpty)
        try await store.finish(run, .failed, "no")
        #expect(try await store.record(.baseImage(change)).isEmpty)
        #expect(try await store.runs().count == 2)
        // And back again.
        let back = BaseImageChange(reference: "docker.io/library/busybox:1", digest: "d3")
        #expect(try await store.record(.baseImage(back)) == [RunID(number: 3)])
    }

    @Test func `leaves alone what stands on another base, or on the new one already`() async throws {
        let (store, _) = try await Self.built()
        let other = BaseImageChange(reference: "docker.io/library/alpine:3", digest: "d2")
        #expect(try await store.record(.baseImage(other)).isEmpty)
        let same = BaseImageChange(reference: "docker.io/library/busybox:1", digest: "d1")
        #expect(try await store.record(.baseImage(same)).isEmpty)
    }

    @Test func `gives out one run of a task at a time, and each once`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        let first = try #require(try await store.claimNext(owner: "w"))
        try await store.record(Self.head(task, "c3", tree: "t3", from: "c2"))
        #expect(try await store.claimNext(owner: "w") == nil)
        #expect(try await store.finish(first, .succeeded, nil))
        let second = try #require(try await store.claimNext(owner: "w"))
        #expect(second.id == RunID(number: 3))
        #expect(second.commit == "c3")
    }

    @Test func `runs again, once, what was running when the daemon ended`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        let lost = try #require(try await store.claimNext(owner: "dead"))
        #expect(try await store.recover() == [lost.id])
        #expect(try await store.recover().isEmpty)
        let again = try #require(try await store.claimNext(owner: "new"))
        #expect(again.id == lost.id)
        #expect(again.attempt == 2)
        // The old claim writes nothing any more.
        #expect(try await store.finish(lost, .failed, "late") == false)
        #expect(try await store.run(lost.id).state == .running)
    }

    @Test func `gives up a run that ends the daemon every time`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        for _ in 0..<3 {
            _ = try await store.claimNext(owner: "w")
            #expect(try await store.recover().count == 1)
        }
        _ = try await store.claimNext(owner: "w")
        #expect(try await store.recover().isEmpty)
        #expect(try await store.run(RunID(number: 2)).state == .errored)
    }

    @Test func `tries again later what the world failed, and then no more`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        var run = try #require(try await store.claimNext(owner: "w"))
        let time = try #require(try await store.retryLater(run, "no route"))
        #expect(time > run.created)
        #expect(try await store.claimNext(owner: "w") == nil, "its time has not come")
        run.retries = 99
        run.attempt = 1
        #expect(try await store.run(run.id).message == "no route")
    }

    @Test func `cancels what waits, and says what cannot be`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        #expect(try await store.cancelQueued(RunID(number: 2), by: "ann"))
        #expect(try await store.run(RunID(number: 2)).state == .canceled)
        await #expect(throws: RunError.notCancelable(RunID(number: 2), .canceled)) {
            try await store.cancelQueued(RunID(number: 2), by: "ann")
        }
        await #expect(throws: RunError.unknownRun("r9")) {
            try await store.cancelQueued(RunID(number: 9), by: "ann")
        }
    }

    @Test func `keeps every version of a task`() async throws {
        let store = try Self.store()
        let first = try await store.createTask(text: Self.text, file: "app.yaml", name: "app")
        let same = try await store.updateTask(named: "app", text: Self.text, file: "app.yaml")
        let second = try await store.updateTask(
            named: "app", text: Self.text + "\ntimeout: 5", file: "app.yaml")
        #expect([first.version, same.version, second.version] == [1, 1, 2])
        await #expect(throws: RunError.nameTaken("app")) {
            try await store.createTask(text: Self.text, file: "app.yaml", name: "app")
        }
        await #expect(throws: TaskFileError.self) {
            try await store.updateTask(named: "app", text: "steps: 7", file: "app.yaml")
        }
        try await store.deleteTask(named: "app")
        await #expect(throws: RunError.unknownTask("app")) { try await store.task(named: "app") }
        #expect(try await store.createTask(text: Self.text, file: "app.yaml", name: "app").version == 3)
    }

    @Test func `keeps a file's task from being changed by hand`() async throws {
        let store = try Self.store()
        _ = try await store.createTask(
            text: Self.text, file: "app.yaml", name: "app", origin: "tasks/app.yaml")
        await #expect(throws: RunError.managedByFile(task: "app", origin: "tasks/app.yaml")) {
            try await store.deleteTask(named: "app")
        }
    }

    @Test(arguments: [
        ("docker.io/library/busybox:1", "d2", true, false), ("docker.io/library/debian:12", "d1", true, true),
        ("docker.io/library/busybox:1", "d1", false, false),
    ])
    func `tells whether a task stands on an image that it did not stand on before`(
        reference: String, digest: String, isRuntime: Bool, isNew: Bool
    ) async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        let run = try #require(try await store.claimNext(owner: "w"))
        let base = RunBase(
            reference: reference, digest: digest, isRuntime: isRuntime,
            place: BasePlace(file: "Dockerfile", line: 3, instruction: "FROM"))
        #expect(try await store.setBases([base], of: run) == isNew)
    }

    @Test func `watches what the newest build stands on, and no longer what an older one did`() async throws {
        let (store, task) = try await Self.built()
        try await store.record(Self.head(task, "c2", tree: "t2", from: "c1"))
        let run = try #require(try await store.claimNext(owner: "w"))
        #expect(try await store.watchedBases().map(\.digest) == ["d1"])
        let base = RunBase(
            reference: "docker.io/library/debian:12", digest: "d7", isRuntime: true,
            place: BasePlace(file: "Dockerfile", line: 1, instruction: "FROM"))
        try await store.setBases([base], of: run)
        let watched = try await store.watchedBases()
        #expect(watched.map(\.reference) == ["docker.io/library/debian:12"])
        #expect(watched.map(\.digest) == ["d7"])
        #expect(watched.map(\.task) == ["app"])
    }

    @Test func `hands out what waits in the order in which it came, and nothing twice`() async throws {
        let store = try Self.store()
        for number in 1...5 {
            _ = try await store.createTask(text: Self.text, file: "app.yaml", name: "app\(number)")
            try await store.record(.request(RequestChange(task: "app\(number)", requester: "ann")))
        }
        var names: [String] = []
        while let run = try await store.claimNext(owner: "w") { names.append(run.taskName) }
        #expect(names == ["app1", "app2", "app3", "app4", "app5"])
    }
}
