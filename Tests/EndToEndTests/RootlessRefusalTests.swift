import Glibc
import TestSupport
import Testing

@Suite(
    "A build that a machine allows less than it needs", .temporaryDirectory,
    .enabled(if: isRoot, "only root becomes another user"))
struct RootlessRefusalTests {
    private let user: OrdinaryUser

    init() throws { user = try OrdinaryUser() }

    /// Conditions in which the user has but one id, and what is said of them.
    private static let lesser: [(OrdinaryUser.Conditions, String)] = [
        (.init(subordinateIDs: ""), "`/etc/subuid` has no line for the user `slipway-test`"),
        (
            .init(preparation: "mount --bind /dev/null \"$(command -v newuidmap)\""),
            "there is no program `newuidmap` (install the package `uidmap`)"
        ),
        (.init(privileges: "--no-new-privs"), "this process may get no new privileges"),
        (
            .init(subordinateIDs: "54321:0:5\\nslipway-test:4000000000:400000000\\n"),
            "the ids of `/etc/subuid` and `/etc/subgid` could not be used: newuidmap: "
        ),
    ]

    @Test(arguments: lesser.indices) func `runs as root alone where there are no other ids, and says why`(
        number: Int
    ) async throws {
        let (conditions, reason) = Self.lesser[number]
        try user.write("RUN --network=none id -u && echo 1 > /f\nUSER 33\nRUN --network=none id -u")
        let outcome = try await user.build([], conditions)
        #expect(outcome.status == 3, "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(outcome.errors.contains(" 0\n"), "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "there is no user 33 in the user namespace of this program, which has only 0: \(reason)"),
            "\(outcome.errors)")
    }

    @Test func `says with a command that fails that it is alone`() async throws {
        try user.write("RUN --network=none chown 33 /etc/tool")
        let outcome = try await user.build([], .init(subordinateIDs: ""))
        guard OrdinaryUser.mayHaveNamespaces else { return #expect(outcome.status == 3, "\(outcome.errors)") }
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "hint: there is no user but root in this build: `/etc/subuid` has no line for"),
            "\(outcome.errors)")
    }

    @Test func `says that a container's file system of processes is not allowed`() async throws {
        try user.write("RUN --network=none id")
        let outcome = try await user.build(
            [], .init(preparation: "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys"))
        #expect(outcome.status == 3, "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(
            outcome.errors.contains(
                "hint: a user namespace can mount `proc` only where nothing covers parts of this machine's"),
            "\(outcome.errors)")
    }

    @Test func `names the file whose owner there is not`() async throws {
        try user.write("COPY --chown=0:70000 root/etc/tool /etc/owned\nRUN --network=none id -u")
        let outcome = try await user.build()
        #expect(outcome.status != 0)
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(
            outcome.errors.contains(
                "`/etc/owned` cannot be laid out: there is no group 70000 in the user namespace of this program, "
                    + "which has only 0 and 1-65536"), "\(outcome.errors)")
    }

    @Test func `copies files where it cannot run anything, and says what a command lacks`() async throws {
        var none = OrdinaryUser.Conditions()
        if OrdinaryUser.mayHaveNamespaces {
            // The limit of a namespace around the program, not this machine's.
            none.subordinateIDs = "root:0:100000\\n"
            none.around =
                "unshare --user --map-users=0,0,100000 --map-groups=0,0,100000 bash -c "
                + "'echo 0 > /proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\"'"
        }
        try user.write("")
        let copied = try await user.build(["-q"], none)
        #expect(copied.status == 0 && copied.output.hasPrefix("sha256:"), "\(copied.errors)")
        try user.write("RUN id")
        let outcome = try await user.build([], none)
        #expect(outcome.status == 3, "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else {
            return #expect(outcome.errors.contains(": containers need root, or a user namespace: "))
        }
        #expect(
            outcome.errors.contains(
                """
                error: Dockerfile:4:1: containers need root, or a user namespace: this machine lets ordinary users make \
                no user namespaces: `user.max_user_namespaces` is 0

                """), "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                """
                hint: as root: `sysctl -w user.max_user_namespaces=15000`, and the same in a file of `/etc/sysctl.d`
                """), "\(outcome.errors)")
    }

    @Test func `is told of when a daemon starts`() async throws {
        let data = user.directory.path("home/data")
        let daemon = try user.begin(
            [
                "serve", "--data", data, "--memory", "1g", "--registry-address",
                "127.0.0.1:\(try SlipwayDaemon.freePort())",
            ], .init(subordinateIDs: ""))
        try await eventually("the daemon answers") {
            access(data + "/slipway.sock", F_OK) == 0 || !daemon.isRunning
        }
        daemon.send(SIGTERM)
        let outcome = await daemon.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("RUN instructions cannot do all"), "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(outcome.errors.contains("limit no memory"), "\(outcome.errors)")
        #expect(outcome.errors.contains("there is no user but root in containers"), "\(outcome.errors)")
    }

    @Test func `needs a runtime`() async throws {
        try user.write("RUN id")
        let outcome = try await user.build(
            [], .init(preparation: "mount --bind /dev/null \"$(command -v runc)\""))
        #expect(outcome.status == 3, "\(outcome.errors)")
        guard OrdinaryUser.mayHaveNamespaces else { return }
        #expect(outcome.errors.contains(": there is no container runtime `runc`"), "\(outcome.errors)")
    }
}
