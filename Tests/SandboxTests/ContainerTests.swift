import Foundation
import Sandbox
import TestSupport
import Testing

@Suite("A container", .temporaryDirectory) struct ContainerTests {
    @Test func `says what its process says, and how it ends`() async throws {
        let cell = try Cell()
        let (exit, output) = try await cell.run(cell.shell("echo out; echo err >&2; exit 7"))
        #expect(exit == .exited(7))
        #expect(output.contains("out\n") && output.contains("err\n"))
        #expect(try await cell.run(cell.shell("sh -c 'kill -9 $$'; exit $?")).exit == .exited(137))
        let changes = try cell.changes
        #expect(changes == [])
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `keeps its changes, and only those, in the upper directory`() async throws {
        let cell = try Cell()
        let script = "rm /etc/passwd; mkdir /new; echo 1 > /new/a; ln -s a /new/l; stat -c %a /tmp"
        let (_, output) = try await cell.run(cell.shell(script))
        #expect(output == "1777\n")
        #expect(
            try cell.changes == ["d 755 etc", "c 0 etc/passwd", "d 755 new", "f 644 new/a", "l 777 new/l"])
    }

    @Test func `leaves no trace of what it is given to see`() async throws {
        let cell = try Cell()
        try cell.run(
            "rmdir layers/base/tmp layers/base/proc layers/base/sys layers/base/dev; mkdir shared; echo s > shared/f; chmod 755 ."
        )
        var container = cell.shell(
            "cat /etc/hosts /etc/resolv.conf > /dev/null; cat /deep/down/f /run/s /dev/pipes/x")
        container.mounts = [
            ContainerMount(.bind(cell.directory.path("shared")), at: "/deep/down", isReadOnly: true),
            ContainerMount(
                .file(Array("secret".utf8), mode: 0o400, uid: 0, gid: 0), at: "/run/s", isReadOnly: true),
            ContainerMount(
                .file(Array("pipe".utf8), mode: 0o755, uid: 0, gid: 0), at: "/dev/pipes/x", isReadOnly: true),
            ContainerMount(.temporary(size: nil, mode: 0o1777), at: "/tmp", isReadOnly: false),
        ]
        let (exit, output) = try await cell.run(container)
        #expect(exit == .exited(0))
        #expect(output == "s\nsecretpipe")
        // The kernel's own file systems are mounted on directories that stay, as with other builders.
        let changes = try cell.changes
        #expect(changes == ["d 755 proc", "d 755 sys"])
    }

    @Test func `keeps a file that its process wrote at a place that was missing`() async throws {
        let cell = try Cell()
        try cell.run("mkdir shared")
        var container = cell.shell("echo 1 > /a/own")
        container.mounts = [
            ContainerMount(.bind(cell.directory.path("shared")), at: "/a/b", isReadOnly: false)
        ]
        _ = try await cell.run(container)
        #expect(
            try cell.changes.filter { $0.hasSuffix(" a") || $0.contains(" a/") } == [
                "d 755 a", "f 644 a/own",
            ])
    }

    @Test func `is who it is told to be`() async throws {
        let cell = try Cell()
        var container = cell.shell("id -u; id -g; id -G; pwd; echo $NAME; hostname")
        container.user = .init(uid: 12, gid: 34, groups: [56, 78])
        container.workingDirectory = "/tmp"
        container.environment.append("NAME=a b")
        container.hostname = "box"
        let (_, output) = try await cell.run(container)
        #expect(output == "12\n34\n34 56 78\n/tmp\na b\nbox\n")
    }

    @Test func `sees mounts of each kind, read-only where it says so`() async throws {
        let cell = try Cell()
        try cell.run(
            "mkdir -p layers/one/d layers/two/d shared up wk; echo 1 > layers/one/d/f; echo 2 > layers/two/d/f"
        )
        var container = cell.shell(
            """
            # One pipe: runc carries output and errors by themselves, and their order is nobody's.
            exec 2>&1
            cat /l/f; echo 3 > /l/f && cat /l/f; touch /s/x; touch /r/x && echo written; cat /ro/d/f; touch /ro/y && echo y
            exit 0
            """)
        container.mounts = [
            ContainerMount(
                .layers(
                    ["one", "two"], path: "d", upper: cell.directory.path("up"),
                    work: cell.directory.path("wk")),
                at: "/l", isReadOnly: false),
            ContainerMount(.bind(cell.directory.path("shared")), at: "/s", isReadOnly: false),
            ContainerMount(.bind(cell.directory.path("shared")), at: "/r", isReadOnly: true),
            ContainerMount(.layers(["one"], path: "", upper: nil, work: nil), at: "/ro", isReadOnly: true),
        ]
        let (exit, output) = try await cell.run(container)
        #expect(exit == .exited(0))
        #expect(output.hasPrefix("2\n3\n") && output.contains("1\n"), "\(output)")
        #expect(!output.contains("written") && !output.contains("y\n"))
        #expect(try cell.run("ls shared; cat layers/two/d/f up/d/f") == "x\n2\n3\n")
    }

    @Test func `may be made of nothing but mounts`() async throws {
        let cell = try Cell()
        var container = cell.container(["/tools/busybox", "ls", "/"])
        container.layers = []
        container.mounts = [
            ContainerMount(.bind(cell.directory.path("layers/base/bin")), at: "/tools", isReadOnly: true)
        ]
        let (exit, output) = try await cell.run(container)
        #expect(exit == .exited(0))
        #expect(output == "dev\netc\nproc\nsys\ntools\n")
    }

    @Test(arguments: [
        (["nothing-there"], "there is no program `nothing-there` in the container"),
        (["/etc/passwd"], "the program `/etc/passwd` may not be executed"),
    ])
    func `says what is wrong with its program`(arguments: [String], message: String) async throws {
        let cell = try Cell()
        let error = await #expect(throws: SandboxError.self) { try await cell.run(cell.container(arguments)) }
        #expect(error?.message == message)
        #expect(error?.reason == .container)
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `has Docker's protection`() async throws {
        let cell = try Cell()
        let (_, output) = try await cell.run(
            cell.shell(
                """
                grep -E 'CapEff|Seccomp:' /proc/self/status
                mount -t tmpfs x /tmp || echo no mount
                unshare -U true || echo no namespace
                touch /proc/sys/x 2>/dev/null || echo read-only
                cat /proc/kcore | head -c 1; ls /sys/firmware
                """))
        #expect(output.contains("CapEff:\t00000000a80425fb\n"))
        #expect(output.contains("Seccomp:\t2\n"))
        #expect(
            output.contains("no mount\n") && output.contains("no namespace\n")
                && output.contains("read-only\n"))
    }

    @Test func `has none of it when it is privileged`() async throws {
        let cell = try Cell()
        var container = cell.shell("grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp && echo mounted")
        container.isPrivileged = true
        let (_, output) = try await cell.run(container)
        #expect(output == "Seccomp:\t0\nmounted\n")
    }

    @Test func `is killed when it takes too long, with all that it started`() async throws {
        let cell = try Cell()
        var container = cell.shell("sleep 1000 & sleep 1000")
        container.limits.time = .milliseconds(300)
        #expect(try await cell.run(container).exit == .timedOut)
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `is killed when its task is canceled`() async throws {
        let cell = try Cell()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let container = cell.shell("echo started; sleep 1000")
        let task = Task { try await cell.runtime.run(container) { _ in start.yield() } }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `ends even when it is canceled before it runs`() async throws {
        let cell = try Cell()
        try cell.run("for i in 1 2 3 4; do mkdir up$i wk$i; done")
        for number in 1...4 {
            var container = cell.shell("sleep 1000")
            container.upper = cell.directory.path("up\(number)")
            container.work = cell.directory.path("wk\(number)")
            let task = Task { [container] in try await cell.runtime.run(container) { _ in } }
            for _ in 1..<number * 1000 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `does not wait for what it left in the background`() async throws {
        let cell = try Cell()
        #expect(try await cell.run(cell.shell("sleep 1000 & echo done")).output == "done\n")
    }

    @Test func `may have no more processes and memory than it is given`() async throws {
        let cell = try Cell()
        guard
            FileManager.default.isWritableFile(atPath: "/sys/fs/cgroup/memory")
                || FileManager.default.isWritableFile(atPath: "/sys/fs/cgroup/cgroup.subtree_control")
        else { return }
        var many = cell.shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all")
        many.limits.processes = 5
        #expect(try await cell.run(many).output.contains("fork"))
        var large = cell.shell("yes | head -c 200000000 | dd of=/dev/shm/x bs=1M 2>&1; echo $?")
        large.limits.memory = 32 << 20
        large.limits.sharedMemory = 1 << 30
        let (exit, output) = try await cell.run(large)
        #expect(exit != .exited(0) || !output.hasSuffix("\n0\n"), "\(output)")
        // Programs read there what they may use.
        var asking = cell.shell(
            "cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes 2> /dev/null; true"
        )
        asking.limits.memory = 32 << 20
        #expect(try await cell.run(asking).output == "\(32 << 20)\n")
    }

    @Test func `runs beside many others`() async throws {
        let cell = try Cell()
        try cell.run("for i in 1 2 3 4 5 6 7 8; do mkdir up$i wk$i; done")
        let outputs = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...8 {
                var container = cell.shell("echo \(number) > /n; cat /n")
                container.upper = cell.directory.path("up\(number)")
                container.work = cell.directory.path("wk\(number)")
                group.addTask { [container] in try await cell.run(container).output }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(outputs) == Set((1...8).map { "\($0)\n" }))
    }

    @Test func `of a process that was killed is swept`() async throws {
        let cell = try Cell()
        // As a process leaves it that is killed: a container that runs, and nobody who holds its lock.
        let spec = try cell.run(
            """
            mkdir -p containers/dead/rootfs; cp -a layers/base/. containers/dead/rootfs; : > containers/dead/lock
            cd containers/dead; runc spec
            sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"sleep", "1000"/' config.json
            runc --root ../.runtime run --detach --bundle . dead < /dev/null > /dev/null 2>&1
            runc --root ../.runtime list -q
            """)
        #expect(spec == "dead\n")
        try cell.runtime.sweep()
        let left = try cell.leftovers
        #expect(left == "")
    }
}
