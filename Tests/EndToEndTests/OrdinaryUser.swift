import Foundation
import TestSupport
import Testing

/// A user who is not root and runs the program: with ids to give away, and a network device that everybody may open.
///
/// The machine's own accounts and devices stay as they are: what differs is in a mount namespace of the program's own.
struct OrdinaryUser {
    /// What is otherwise than this user would wish.
    struct Conditions: Sendable {
        /// `/etc/subuid` and `/etc/subgid`.
        var subordinateIDs = "\(name):300000:65536\n"
        var modeOfTunnel = "666"
        /// Commands of root before the user is there.
        var preparation = ":"
        /// What `setpriv` is told.
        var privileges = ""
        /// Runs the rest in another namespace.
        var around = ""
    }

    static let name = "slipway-test"
    static let id = 54_321
    let directory: TemporaryDirectory
    var home: String { directory.path("home") }
    var context: String { directory.path("context") }

    /// Whether the host lets ordinary users have what containers need; `unshare` is asked, not our program.
    static let mayHaveNamespaces =
        (try? Shell.run(
            "setpriv --reuid \(id) --regid \(id) --clear-groups unshare --user --map-root-user --mount true",
            in: "/"))?.status == 0

    init() throws {
        directory = try TemporaryDirectory.required
        try directory.write("#!/bin/sh\necho $0\n", to: "context/root/etc/tool")
        let outcome = try Shell.run(
            """
            set -e; umask 022; mkdir -p home scratch; touch slipway; cd context/root
            mkdir -p bin proc dev sys tmp etc/full/below; echo 1 > etc/full/one; echo 2 > etc/full/below/two
            echo gone > etc/gone; ln etc/gone etc/linked; chmod 4755 etc/tool; chmod 1777 tmp; chmod 755 . ..
            printf 'root:x:0:0::/:/bin/sh\\nwww:x:33:33::/:/bin/sh\\n' > etc/passwd
            printf 'root:x:0:\\nwww:x:33:\\nmore:x:7:www\\n' > etc/group
            cp "$(command -v busybox)" bin
            for name in sh cat chmod chown cp echo id ip ln ls mkdir mkfifo mv rm sleep stat su touch; do
                ln -s busybox bin/$name; done
            cd ../..; chown -R \(Self.id):\(Self.id) home; chmod 755 .
            """, in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
    }

    /// Writes a Dockerfile that begins with the host's busybox.
    func write(_ instructions: String) throws {
        try directory.write(
            "FROM scratch\nENV PATH=/bin\nCOPY root /\n\(instructions)\n", to: "context/Dockerfile")
    }

    /// Starts the program as this user.
    func begin(_ arguments: [String], _ conditions: Conditions = Conditions()) throws -> RunningProgram {
        let script = """
            set -e; cd "$1"; program=$2; shift 2
            mount -t tmpfs tmpfs scratch; mkdir scratch/upper scratch/work; chmod 755 scratch
            mount -t overlay overlay -o lowerdir=/etc,upperdir=scratch/upper,workdir=scratch/work /etc
            echo '\(Self.name):x:\(Self.id):\(Self.id)::'"$PWD/home:/bin/sh" >> /etc/passwd
            echo '\(Self.name):x:\(Self.id):' >> /etc/group
            printf '\(conditions.subordinateIDs)' | tee /etc/subuid > /etc/subgid
            if [ -e /dev/net/tun ] && mknod scratch/tun c 10 200; then
                chmod \(conditions.modeOfTunnel) scratch/tun; mount --bind scratch/tun /dev/net/tun; fi
            mount --bind "$program" slipway
            \(conditions.preparation)
            exec \(conditions.around) setpriv --reuid \(Self.id) --regid \(Self.id) --clear-groups --inh-caps=-all \
                \(conditions.privileges) ./slipway "$@"
            """
        return try RunningProgram(
            "/usr/bin/unshare",
            ["--mount", "/bin/bash", "-c", script, "bash", directory.path, SlipwayDaemon.programPath()]
                + arguments, log: directory.path("log-\(UUID().uuidString)"), environment: ["HOME": home])
    }

    func run(
        _ arguments: [String], _ conditions: Conditions = Conditions()
    ) async throws -> RunningProgram.Outcome {
        try await begin(arguments, conditions).outcome()
    }

    /// Builds the context, without a daemon.
    func build(
        _ arguments: [String] = [], _ conditions: Conditions = Conditions()
    ) async throws -> RunningProgram.Outcome {
        try await run(["build", "--local"] + arguments + [context], conditions)
    }

    /// Runs a command line as root.
    func shell(_ script: String) throws -> String {
        try Shell.run(script, in: directory.path).output
    }

    /// Containers, processes and mounts that builds left.
    var leftovers: String {
        get throws {
            try shell(
                "ls home/.cache/slipway/containers; ls -A home/.cache/slipway/cache/snapshots/incoming; "
                    + "pgrep -f \"$PWD\" -a; cat /proc/[0-9]*/mountinfo 2> /dev/null | grep \"$PWD\" || true")
        }
    }
}
