import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
    "A build by a user who is not root", .temporaryDirectory,
    .enabled(if: isRoot, "only root becomes another user"))
struct RootlessTests {
    private let user: OrdinaryUser

    init() throws { user = try OrdinaryUser() }

    /// Whether the host allows more than to say that it does not.
    private func succeeds(_ outcome: RunningProgram.Outcome) -> Bool {
        if OrdinaryUser.mayHaveNamespaces {
            #expect(outcome.status == 0, "\(outcome.errors)")
        } else {
            #expect(outcome.status == 3, "\(outcome.errors)")
            #expect(outcome.errors.contains("containers need root, or a user namespace"), "\(outcome.errors)")
        }
        return outcome.status == 0
    }

    @Test func `runs commands as root, who can give files away and become others`() async throws {
        try user.write(
            """
            RUN --network=none id -u && touch /f && chown 33:7 /f && stat -c 'owned by %u:%g' /f
            RUN --network=none su www -c 'echo "$(id -u):$(id -G)"'
            USER 33:33
            RUN --network=none id -u && test "$(stat -c %a /etc/tool)" = 4755 && ls -d /proc/1 /sys/class /dev/null
            """)
        let outcome = try await user.build()
        guard succeeds(outcome) else { return }
        for line in [" 0\n", " owned by 33:7\n", " 33:33 7\n", " 33\n", " /dev/null\n"] {
            #expect(outcome.errors.contains(line), "\(line) in \(outcome.errors)")
        }
        #expect(try user.leftovers == "")
    }

    /// A file with a capability, which in a user namespace is another attribute than outside.
    private func addCapability() throws {
        try user.directory.write(Self.capableArchive, to: "archive.py")
        let outcome = try Shell.run("python3 archive.py context/capable.tar", in: user.directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
    }

    private static let capableArchive = """
        import sys, tarfile, io
        with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as archive:
            member = tarfile.TarInfo('etc/capable'); member.size = 1; member.mode = 0o755; member.uid = 33
            value = bytes([1, 0, 0, 2, 0, 4, 0, 0]) + bytes(12)
            member.pax_headers = {'SCHILY.xattr.security.capability': value.decode('latin-1')}
            archive.addfile(member, io.BytesIO(b'x'))
        """

    @Test func `gives the very image that root builds`() async throws {
        try addCapability()
        try user.write(
            """
            ADD capable.tar /
            RUN --network=none rm /etc/gone && rm -r /etc/full && mkdir /etc/full && echo 3 > /etc/full/three
            RUN --network=none mv /etc/capable /etc/moved && mkfifo /pipe && ln /etc/tool /tool && chmod 6750 /tool && \\
                mkdir -m 1777 /spool && touch /spool/a && chown -R 33:33 /spool
            RUN --network=none rm -r /etc/full && chmod 700 /tmp
            """)
        let outcome = try await user.build(["-q"])
        guard succeeds(outcome) else { return }
        let root = try await RunningProgram(
            SlipwayDaemon.programPath(),
            ["build", "--local", "-q", "--store", user.directory.path("store"), user.context],
            log: user.directory.path("log-root"), environment: ["HOME": user.directory.path]
        ).outcome()
        #expect(root.status == 0, "\(root.errors)")
        #expect(root.output == outcome.output)
        let verified = try await user.build(["--verify"])
        #expect(verified.errors.contains("verified: both builds gave"), "\(verified.errors)")
    }

    @Test func `has mounts whose files belong to others`() async throws {
        try user.directory.write("hush\n", to: "secret")
        try user.write(
            """
            USER 33
            RUN --network=none --mount=type=cache,target=/c,uid=33,mode=0700 --mount=type=tmpfs,target=/t \\
                --mount=type=secret,id=s,uid=33,target=/s --mount=type=bind,target=/b,rw \\
                touch /c/own /t/own && test "$(cat /s)" = hush && stat -c '%n is of %u' /c/own /t/own /b/Dockerfile
            """)
        let outcome = try await user.build(["--secret", "id=s,src=\(user.directory.path("secret"))"])
        guard succeeds(outcome) else { return }
        for line in ["/c/own is of 33", "/t/own is of 33", "/b/Dockerfile is of 0"] {
            #expect(outcome.errors.contains(line), "\(outcome.errors)")
        }
    }

    @Test func `writes files that are the user's own`() async throws {
        try user.write("RUN --network=none chown 33:33 /etc/passwd")
        let outcome = try await user.build(["-o", user.directory.path("home/files")])
        guard succeeds(outcome) else { return }
        #expect(try user.shell("find home/files ! -user \(OrdinaryUser.id)") == "")
        #expect(try user.shell("cat home/files/etc/passwd").hasPrefix("root:x:0:0"))
    }

    @Test func `keeps a store that only a namespace can prune, and prunes it`() async throws {
        try user.write("RUN --network=none mkdir -m 700 /x && touch /x/y && chown -R 33:33 /x")
        guard try await succeeds(user.build()) else { return }
        let others = "find home/.cache/slipway ! -user \(OrdinaryUser.id)"
        #expect(try user.shell(others) != "")
        let outcome = try await user.run(["cache", "prune"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try user.shell(others) == "")
    }

    @Test func `has networks as root has`() async throws {
        try user.write(
            """
            RUN --network=none ip -o link && echo end of none
            RUN ip -o -4 address
            """)
        let outcome = try await user.build()
        guard FileManager.default.fileExists(atPath: "/dev/net/tun"), OrdinaryUser.mayHaveNamespaces else {
            #expect(outcome.status == 3, "\(outcome.errors)")
            return
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
        let parts = outcome.errors.components(separatedBy: "end of none")
        #expect(
            !parts[0].contains("eth0") && parts.dropFirst().joined().contains("10.0.2."), "\(outcome.errors)")
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/net/tun"), "there is no device to refuse"),
        .enabled(if: OrdinaryUser.mayHaveNamespaces, "no container gets as far"))
    func `says that the network's device cannot be opened`() async throws {
        try user.write("RUN id")
        let outcome = try await user.build([], .init(modeOfTunnel: "600"))
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "could not open `/dev/net/tun` for the network of a container: Permission"),
            "\(outcome.errors)")
    }

    @Test(arguments: [
        (["--memory", "64m"], "limit no memory"),
        (["--cpus", "1", "--pids-limit", "9"], "limit no processors, no processes"),
    ])
    func `refuses limits that it cannot keep to`(arguments: [String], message: String) async throws {
        try user.write("RUN --network=none id")
        let outcome = try await user.build(arguments)
        #expect(outcome.status == 3, "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func `keeps to limits that need no control groups`() async throws {
        try user.write("RUN --network=none ulimit -n && sleep 1000")
        let outcome = try await user.build(["--ulimit", "nofile=77:77", "--timeout", "5"])
        guard OrdinaryUser.mayHaveNamespaces else { return #expect(outcome.status == 3, "\(outcome.errors)") }
        #expect(outcome.status == 1 && outcome.errors.contains(" 77\n"), "\(outcome.errors)")
        #expect(outcome.errors.contains("the command took longer than"), "\(outcome.errors)")
    }

    @Test func `that is killed leaves no mount, and nothing that the next one does not end`() async throws {
        // Another user's process is the hardest to end: in its own namespace the next build has no rights over it.
        try user.write("USER 33\nRUN --network=none echo started && sleep 1000")
        let program = try user.begin(["build", "--local", user.context])
        guard OrdinaryUser.mayHaveNamespaces else { return #expect(await program.outcome().status == 3) }
        try await eventually("the command runs") { program.errors.contains(" started\n") }
        await program.destroy()
        #expect(try user.leftovers != "")
        #expect(try user.shell("grep \"$PWD\" /proc/self/mountinfo || true") == "")
        try user.write("RUN --network=none echo 1 > /f")
        #expect(try await succeeds(user.build()))
        #expect(try user.leftovers == "")
    }

    @Test(arguments: [SIGTERM, SIGINT]) func `is canceled by signals`(signal: Int32) async throws {
        try user.write("RUN --network=none echo started && sleep 1000")
        let program = try user.begin(["build", "--local", user.context])
        guard OrdinaryUser.mayHaveNamespaces else { return #expect(await program.outcome().status == 3) }
        try await eventually("the command runs") { program.errors.contains(" started\n") }
        program.send(signal)
        let outcome = await program.outcome()
        #expect(outcome.status == 1 && outcome.errors.contains("canceled"), "\(outcome.errors)")
        #expect(try user.leftovers == "")
    }

    @Test func `is done by a daemon that is not root either`() async throws {
        try user.write("RUN --network=none chown 33:7 /etc/passwd && stat -c 'owned by %u:%g' /etc/passwd")
        let data = user.directory.path("home/data")
        let daemon = try user.begin([
            "serve", "--data", data, "--registry-address", "127.0.0.1:\(try SlipwayDaemon.freePort())",
        ])
        try await eventually("the daemon answers") {
            access(data + "/slipway.sock", F_OK) == 0 || !daemon.isRunning
        }
        let outcome = try await user.run(["build", "--data", data, "-t", "app:1", user.context])
        daemon.send(SIGTERM)
        let end = await daemon.outcome()
        #expect(end.status == 0, "\(end.errors)")
        guard OrdinaryUser.mayHaveNamespaces else {
            #expect((outcome.output + outcome.errors).contains("containers need root, or a user namespace"))
            return
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            (outcome.output + outcome.errors).contains(" owned by 33:7\n"),
            "\(outcome.output + outcome.errors)")
        #expect(try user.shell("find home/data -uid 300032 -type f") != "")
    }
}
