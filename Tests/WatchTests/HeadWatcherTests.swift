import Foundation
import Git
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Watch

/// The daemon's side of a head watcher: what it watches, and what it is told.
private final class Desk: Sendable {
    struct Fault: Hashable, Sendable {
        var message: String?
        var subject: String
    }

    struct Refusal: Error {}

    private struct State {
        var sources: [WatchedSource] = []
        var refusals = 0
    }

    private let state = Mutex(State())
    private let seen = AsyncStream.makeStream(of: HeadObservation.self)
    private let faults = AsyncStream.makeStream(of: Fault.self)
    let clock = ManualClock()

    init(_ sources: WatchedSource...) { state.withLock { $0.sources = sources } }

    func add(_ source: WatchedSource) { state.withLock { $0.sources.append(source) } }

    /// The next observation is not taken.
    func refuseOnce() { state.withLock { $0.refusals += 1 } }

    func nextObservation() async throws -> HeadObservation {
        try #require(await seen.stream.first { _ in true })
    }

    func nextFault() async throws -> Fault { try #require(await faults.stream.first { _ in true }) }

    func watcher(patience: Patience = Patience()) throws -> HeadWatcher {
        var settings = HeadWatcher.Settings(mirrors: try TemporaryDirectory.required.path("mirrors"))
        settings.patience = patience
        settings.timing = PollTiming(clock: clock) { 0 }
        return HeadWatcher(
            settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            sources: { self.state.withLock { $0.sources } },
            found: { try self.take($0) },
            fault: { self.faults.continuation.yield(Fault(message: $0, subject: $1)) })
    }

    private func take(_ observation: HeadObservation) throws {
        try state.withLock { state in
            guard state.refusals == 0 else {
                state.refusals -= 1
                throw Refusal()
            }
            for index in state.sources.indices where state.sources[index].taskID == observation.taskID {
                state.sources[index].known = observation.commit
            }
        }
        seen.continuation.yield(observation)
    }
}

@Suite("A head watcher", .temporaryDirectory, .timeLimit(.minutes(1))) struct HeadWatcherTests {
    private static func fixture(_ name: String = "app") throws -> GitFixture {
        try GitFixture(at: TemporaryDirectory.required.path(name))
    }

    private static func source(_ url: String, _ reference: String? = nil, folder: String? = nil)
        -> WatchedSource
    {
        let fragment = reference == nil && folder == nil ? "" : "#" + (reference ?? "")
        return WatchedSource(
            taskID: 1, task: "app",
            name: RemoteURL.withoutCredentials(url) + fragment + (folder.map { ":" + $0 } ?? ""), url: url,
            reference: reference, folder: folder)
    }

    /// Runs a watcher beside `body`, and ends it.
    private static func watching(_ watcher: HeadWatcher, _ body: () async throws -> Void) async throws {
        let running = Task { try await watcher.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        try result.get()
    }

    @Test func `tells the first sight of a head once, and then each move`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("Before", ["web/a": "0"])
        let first = try fixture.commit("First", ["web/a": "1"])
        let desk = Desk(Self.source(fixture.path, "main", folder: "web"))
        try await Self.watching(try desk.watcher()) {
            let seen = try await desk.nextObservation()
            #expect(
                seen
                    == HeadObservation(
                        taskID: 1, task: "app", source: "\(fixture.path)#main:web", branch: "main",
                        previousCommit: nil, commit: first, tree: try fixture.git("rev-parse", "HEAD:web"),
                        movement: .first, commitCount: nil, title: "First", author: "Ann Author"))
            // A look that sees nothing new.
            await desk.clock.moveToNextAlarm()
            await desk.clock.waitForSleeper()
            try fixture.commit("Second", ["web/a": "2"])
            let third = try fixture.commit("Third", ["web/a": "3"])
            await desk.clock.moveToNextAlarm()
            let moved = try await desk.nextObservation()
            #expect(moved.movement == .forward)
            #expect(moved.commitCount == 2)
            #expect(moved.previousCommit == first)
            #expect(moved.commit == third)
            #expect(moved.title == "Third")
        }
    }

    @Test func `asks once for all sources of a URL`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First", ["web/a": "1", "api/a": "2"])
        let web = Self.source(fixture.path, folder: "web")
        var api = Self.source(fixture.path, "main", folder: "api")
        (api.taskID, api.interval) = (2, .seconds(5))
        let desk = Desk(web, api)
        let watcher = try desk.watcher()
        let polls = try await watcher.remotes()
        #expect(polls.map(\.payload.sources) == [[web, api]])
        #expect(polls.map(\.subject.interval) == [.seconds(5)])
        try await Self.watching(watcher) {
            let seen = [try await desk.nextObservation(), try await desk.nextObservation()]
            #expect(seen.map(\.taskID) == [1, 2])
            #expect(seen.map(\.branch) == ["main", "main"])
            let trees = try ["HEAD:web", "HEAD:api"].map { try fixture.git("rev-parse", $0) }
            #expect(seen.map(\.tree) == trees)
        }
    }

    @Test func `tells a rewound head and a rewritten one apart`() async throws {
        let fixture = try Self.fixture()
        let first = try fixture.commit("First")
        try fixture.commit("Second")
        let desk = Desk(Self.source(fixture.path))
        try await Self.watching(try desk.watcher()) {
            #expect(try await desk.nextObservation().movement == .first)
            try fixture.git("reset", "--quiet", "--hard", first)
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextObservation().movement == .rewound)
            try fixture.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "Rewritten")
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextObservation().movement == .unrelated)
        }
    }

    @Test func `goes on with a repository that was deleted and made again`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        let desk = Desk(Self.source(fixture.path))
        try await Self.watching(try desk.watcher()) {
            _ = try await desk.nextObservation()
            #expect(try await desk.nextFault().message == nil)
            try FileManager.default.removeItem(atPath: fixture.path)
            await desk.clock.moveToNextAlarm()
            let message = try await desk.nextFault().message
            #expect(message?.hasSuffix("there is no Git repository") == true, "\(message ?? "")")
            let new = try GitFixture(at: fixture.path).commit("Another first")
            await desk.clock.moveToNextAlarm()
            // The wait after a failure is twice the interval.
            #expect(desk.clock.now.offset == .seconds(60 + 120))
            let seen = try await desk.nextObservation()
            #expect(seen.movement == .unrelated)
            #expect(seen.commit == new)
            #expect(try await desk.nextFault().message == nil)
        }
    }

    @Test func `says that a branch is missing until it comes`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        let desk = Desk(Self.source(fixture.path, "release"))
        try await Self.watching(try desk.watcher()) {
            let fault = try await desk.nextFault()
            #expect(fault.subject == "\(fixture.path)#release")
            #expect(fault.message?.contains("`release`") == true)
            #expect(fault.message?.hasSuffix("(its branches are `main`)") == true)
            try fixture.git("branch", "release")
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextObservation().branch == "release")
            #expect(try await desk.nextFault() == Desk.Fault(message: nil, subject: fault.subject))
        }
    }

    @Test(arguments: [("none", "it is not there"), ("a", "it is a file")])
    func `says that there is no such folder`(folder: String, words: String) async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First", ["a": "1"])
        let desk = Desk(Self.source(fixture.path, folder: folder))
        try await Self.watching(try desk.watcher()) {
            let fault = try await desk.nextFault()
            #expect(fault.message?.contains("`\(folder)`") == true)
            #expect(fault.message?.hasSuffix(words) == true)
            try fixture.commit("Second", ["a": nil, "\(folder)/b": "1"])
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextObservation().movement == .first)
        }
    }

    @Test func `watches on when one URL is malformed`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        let desk = Desk(Self.source("ftp://ann:s3cret@git.example/app"), Self.source(fixture.path))
        try await Self.watching(try desk.watcher()) {
            let fault = try await desk.nextFault()
            #expect(fault.subject == "ftp://git.example/app")
            #expect(fault.message?.contains("`ftp`") == true)
            #expect(fault.message?.contains("s3cret") == false)
            #expect(try await desk.nextObservation().source == fixture.path)
        }
    }

    @Test func `tells again what was not taken`() async throws {
        let fixture = try Self.fixture()
        let commit = try fixture.commit("First")
        let desk = Desk(Self.source(fixture.path))
        desk.refuseOnce()
        try await Self.watching(try desk.watcher()) {
            let fault = try await desk.nextFault()
            #expect(fault.message == "Refusal()")
            await desk.clock.moveToNextAlarm()
            #expect(try await desk.nextObservation().commit == commit)
        }
    }

    @Test func `looks at once when it is poked`() async throws {
        let (fixture, other) = (try Self.fixture(), try Self.fixture("other"))
        try fixture.commit("First")
        try other.commit("First")
        let desk = Desk(Self.source(fixture.path))
        let watcher = try desk.watcher()
        try await Self.watching(watcher) {
            _ = try await desk.nextObservation()
            var added = Self.source(other.path)
            added.taskID = 2
            desk.add(added)
            watcher.poke()
            #expect(try await desk.nextObservation().taskID == 2)
            try fixture.commit("Second")
            watcher.poke(url: fixture.path)
            #expect(try await desk.nextObservation().title == "Second")
            #expect(desk.clock.now.offset == .zero)
        }
    }

    @Test func `lets a server that hangs delay none but its own sources`() async throws {
        let fixture = try Self.fixture()
        try fixture.commit("First")
        let server = try SilentServer()
        let url = "http://127.0.0.1:\(server.port)/app.git"
        let desk = Desk(Self.source(url), Self.source(fixture.path))
        try await Self.watching(try desk.watcher(patience: Patience(silence: .seconds(3600)))) {
            #expect(try await desk.nextObservation().source == fixture.path)
            let fault = try await desk.nextFault()
            #expect(fault == Desk.Fault(message: nil, subject: fixture.path))
        }
    }

    @Test func `gives up a server that hangs`() async throws {
        let server = try SilentServer()
        let url = "http://127.0.0.1:\(server.port)/app.git"
        let desk = Desk(Self.source(url))
        try await Self.watching(try desk.watcher(patience: Patience(silence: .milliseconds(100)))) {
            let fault = try await desk.nextFault()
            #expect(fault.subject == url)
            #expect(fault.message?.hasSuffix("nothing came for 0.1 seconds") == true)
        }
    }

    @Test func `ends with graceful shutdown, though a server hangs`() async throws {
        let server = try SilentServer()
        let desk = Desk(Self.source("http://127.0.0.1:\(server.port)/app.git"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [try desk.watcher()], logger: logger)
        let running = Task { try await group.run() }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

/// A loopback port that takes connections and says nothing.
private struct SilentServer: ~Copyable {
    let port: UInt16
    private let socket: Int32

    init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }
}
