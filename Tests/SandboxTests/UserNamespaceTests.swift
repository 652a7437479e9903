import TestSupport
import Testing

@testable import Sandbox

@Suite("User namespaces", .temporaryDirectory) struct UserNamespaceTests {
    @Test(arguments: [
        ([:], "this kernel has no user namespaces", "CONFIG_USER_NS"),
        (["sys/user/max_user_namespaces": "0\n"], "`user.max_user_namespaces` is 0", "=15000"),
        (
            ["sys/user/max_user_namespaces": "9\n", "sys/kernel/unprivileged_userns_clone": "0\n"],
            "`kernel.unprivileged_userns_clone` is 0", "sysctl -w kernel.unprivileged_userns_clone=1"
        ),
        (
            [
                "sys/user/max_user_namespaces": "9\n", "self/attr/current": "unconfined\n",
                "sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
            ], "AppArmor lets no program", "`userns,`"
        ),
    ])
    func `are missing for a reason`(files: [String: String], message: String, hint: String) throws {
        let obstacle = try #require(try support(files).obstacle)
        #expect(obstacle.reason == .host && obstacle.message.contains(message), "\(obstacle)")
        #expect(obstacle.hint?.contains(hint) == true, "\(obstacle)")
    }

    @Test(arguments: [
        ["sys/kernel/unprivileged_userns_clone": "1\n"],
        [
            "sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
            "self/attr/current": "slipway (unconfined)\n",
        ],
        [
            "sys/kernel/apparmor_restrict_unprivileged_userns": "0\n", "self/attr/current": "unconfined\n",
        ],
    ])
    func `are there where nothing is in the way`(files: [String: String]) throws {
        let support = try support(files.merging(["sys/user/max_user_namespaces": "63000\n"]) { $1 })
        #expect(support.obstacle == nil)
        #expect(support.mappingObstacle == nil)
    }

    @Test func `get no ids from programs that get no privileges`() throws {
        let support = try support(["self/status": "Name:\tx\nNoNewPrivs:\t1\nSeccomp:\t0\n"])
        #expect(support.mappingObstacle?.message.contains("newuidmap") == true)
    }

    private func support(_ files: [String: String]) throws -> NamespaceSupport {
        let directory = try TemporaryDirectory.required
        for (name, text) in files { try directory.write(text, to: "proc/\(name)") }
        return NamespaceSupport(proc: directory.path("proc"))
    }

    @Test(arguments: [
        ("me:100000:65536\n", [(100_000, 65_536)]), ("you:1:2\n1001:5:6\nme:7:8\n", [(5, 6), (7, 8)]),
        ("mean:1:2\nme:x:1\nme:0:1\nme:1:0\nme:1\n#me:1:2\n\n", []), ("", []),
    ])
    func `have the ids that are the user's`(text: String, expected: [(Int, Int)]) {
        let ranges = SubordinateIDs.parse(text, "me", 1001)
        #expect(ranges == expected.map { SubordinateIDs.Range(first: $0.0, count: $0.1) })
    }

    @Test func `have the user as root, and the other ids behind`() {
        let ranges = [(100_000, 10), (500, 20)].map { SubordinateIDs.Range(first: $0.0, count: $0.1) }
        #expect(
            SubordinateIDs.arguments(own: 1001, ranges)
                == ["0", "1001", "1", "1", "100000", "10", "11", "500", "20"])
    }

    @Test func `need both files of ids`() throws {
        let directory = try TemporaryDirectory.required
        try directory.write("me:1:2\n", to: "subuid")
        let path = directory.path
        let error = #expect(throws: SandboxError.self) { try SubordinateIDs(of: "me", uid: 7, in: path) }
        #expect(error?.message == "`\(path)/subgid` has no line for the user `me`")
        #expect(error?.hint?.contains("--add-subuids") == true)
    }

    @Test func `tell whose owner there is not`() {
        let mapping = IDMapping(
            users: IDMapping.parse("         0       1001          1\n         1     100000      65536\n"),
            groups: IDMapping.parse("0 1001 1\n"))
        #expect(mapping.objection(toUser: 65_536, group: 0) == nil)
        #expect(
            mapping.objection(toUser: 65_537, group: 0)
                == "there is no user 65537 in the user namespace of this program, which has only 0 and 1-65536"
        )
        #expect(
            mapping.objection(toUser: 0, group: 5)?.hasSuffix(
                "group 5 in the user namespace of this program, which has only 0") == true)
        #expect(mapping.name == "0 1001 1,1 100000 65536;0 1001 1")
    }

    @Test func `are no matter to the machine's root`() throws {
        let whole = IDMapping.parse("         0          0 4294967295\n")
        #expect(IDMapping(users: whole, groups: whole).name == "")
        #expect(IDMapping(users: whole, groups: whole).objection(toUser: 4_000_000_000, group: 1) == nil)
    }
}

@Suite("A container that lost its owner") struct RuntimeStateTests {
    @Test func `is told from another process of the same number`() throws {
        let sleeper = try ChildProcess(["sleep", "1000"])
        let start = try #require(RuntimeState.start(of: sleeper.pid))
        RuntimeState(pid: sleeper.pid, start: start + 1).kill()
        #expect(RuntimeState.start(of: sleeper.pid) == start)
        RuntimeState(pid: sleeper.pid, start: start).kill()
        #expect(sleeper.finish { _ in }.status == 137)
    }

    @Test func `may be gone`() {
        #expect(RuntimeState.start(of: Int32.max) == nil)
        RuntimeState(pid: Int32.max, start: 1).kill()
    }
}
