import CLinux
import Glibc

/// Gives a user namespace its ids from outside: `newuidmap` and `newgidmap` may give those that are the user's.
///
/// It is started before the namespace is made, for only outside of it do their rights count.
struct MappingHelper: ~Copyable {
    private let pid: pid_t
    private let start: Int32
    private let output: Int32

    private static let script = """
        read -r go || exit 0
        uids=$1 gids=$2 process=$3
        shift 3
        users=
        while [ "$1" != : ]; do users="$users $1"; shift; done
        shift
        "$uids" "$process" $users && "$gids" "$process" "$@"
        """

    /// Throws ``SandboxError`` when the user has no ids to give, or what gives them is not installed.
    static func start(uid: Int, gid: Int) throws(SandboxError) -> MappingHelper {
        let arguments = try arguments(uid: uid, gid: gid)
        var ends: [Int32] = [-1, -1, -1, -1]
        let isMade = ends.withUnsafeMutableBufferPointer { ends in
            guard let start = ends.baseAddress else { return false }
            return pipe2(start, O_CLOEXEC) == 0 && pipe2(start + 2, O_CLOEXEC) == 0
        }
        guard isMade else { throw SandboxError("make a pipe", errno: errno) }
        defer {
            close(ends[0])
            close(ends[3])
        }
        let output = Spawn.Descriptor.descriptor(ends[3])
        do throws(SandboxError) {
            let pid = try Spawn.start(arguments, [.descriptor(ends[0]), output, output])
            return MappingHelper(pid: pid, start: ends[1], output: ends[2])
        } catch {
            close(ends[1])
            close(ends[2])
            throw error
        }
    }

    private init(pid: pid_t, start: Int32, output: Int32) {
        self.pid = pid
        self.start = start
        self.output = output
    }

    private static func arguments(uid: Int, gid: Int) throws(SandboxError) -> [String] {
        if let obstacle = NamespaceSupport().mappingObstacle { throw obstacle }
        let programs = try ["newuidmap", "newgidmap"].map { (name) throws(SandboxError) in
            guard let path = HostPrograms.path(of: name) else {
                throw SandboxError(
                    .host, "there is no program `\(name)`", hint: "install the package `uidmap`")
            }
            return path
        }
        let name = getpwuid(uid_t(uid)).map { String(cString: $0.pointee.pw_name) }
        let ids = try SubordinateIDs(of: name, uid: uid)
        return ["/bin/sh", "-c", script, "sh"] + programs + ["\(getpid())"]
            + SubordinateIDs.arguments(own: uid, ids.users) + [":"]
            + SubordinateIDs.arguments(own: gid, ids.groups)
    }

    deinit {
        close(start)
        close(output)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Maps the ids of this process's new namespace. Blocks.
    ///
    /// Throws ``SandboxError`` with what the programs said.
    borrowing func map() throws(SandboxError) {
        write(start, "\n", 1)
        var said: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            said += piece[..<count]
        }
        let isMapped = ["uid_map", "gid_map"].allSatisfy {
            IDMapping.parse(HostFiles.contents("/proc/self/\($0)") ?? "").count > 1
        }
        guard !isMapped else { return }
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
        throw SandboxError(
            .host,
            "the ids of `/etc/subuid` and `/etc/subgid` could not be used: "
                + (lines.isEmpty ? "`newuidmap` failed" : lines.joined(separator: "; ")))
    }
}
