import CLinux
import Glibc
import Synchronization

/// The user namespace that this program works in.
///
/// Who is not root gets one of its own, in which it is: see ``enter(_:)``.
package enum UserNamespace {
    /// The machine's own (`USER_NS_INIT_INO` of linux/nsfs.h).
    private static let machine: UInt = 0xEFFF_FFFD
    /// Tells the program that it made its namespace itself; the value says why there is but one id in it, or nothing.
    private static let mark = "SLIPWAY_USER_NAMESPACE"
    private static let refusal = Mutex<SandboxError?>(nil)

    /// Whether this is not the machine's own: then nothing can be done that is for root alone everywhere.
    package static let isInside: Bool = {
        var status = stat()
        return stat("/proc/self/ns/user", &status) == 0 && UInt(status.st_ino) != machine
    }()

    /// Whether root is here the user who started this program.
    package static let isOwn = isInside && getenv(mark) != nil

    /// Why there are no ids but one; `nil` where there are.
    package static var reasonForOneID: String? {
        guard isOwn, let reason = getenv(mark).map({ String(cString: $0) }), !reason.isEmpty else {
            return nil
        }
        return reason
    }

    /// Why there can be no file or process of a user and a group; `nil` where there can.
    package static func objection(toUser user: Int, group: Int) -> SandboxError? {
        guard let message = IDMapping.current.objection(toUser: user, group: group) else { return nil }
        return SandboxError(
            .host, message + (reasonForOneID.map { ": \($0)" } ?? ""),
            hint: "give the user enough ids in `/etc/subuid` and `/etc/subgid`, or build as root")
    }

    /// Why this process cannot run containers; `nil` where it is root, here or everywhere.
    static var obstacle: SandboxError? {
        guard geteuid() != 0 else { return nil }
        let reason = refusal.withLock { $0 } ?? NamespaceSupport().obstacle
        return SandboxError(
            .host,
            "containers need root, or a user namespace"
                + (reason.map { ": \($0.message)" } ?? " of their own"),
            hint: reason?.hint ?? "run the program as root")
    }

    /// Executes this program again as root of a user namespace, where its user is not root. Only the one thread that
    /// calls it may exist.
    ///
    /// The process keeps its number, so whoever started it sees no difference. Returns where nothing is to be done or
    /// nothing can be; ``ContainerRuntime`` then says what is missing.
    ///
    /// - Parameter arguments: those of this program, its name first.
    ///
    /// Throws ``SandboxError`` when the namespace was made and cannot be used.
    package static func enter(_ arguments: [String]) throws(SandboxError) {
        guard geteuid() != 0 else { return }
        if let obstacle = NamespaceSupport().obstacle {
            return refusal.withLock { $0 = obstacle }
        }
        let (uid, gid) = (Int(geteuid()), Int(getegid()))
        var reason: SandboxError?
        var helper: MappingHelper?
        do throws(SandboxError) {
            helper = try MappingHelper.start(uid: uid, gid: gid)
        } catch { reason = error }
        guard unshare(Int32(SLIPWAY_CLONE_NEWUSER)) == 0 else {
            let error = SandboxError(
                "make a user namespace", errno: errno,
                hint: "in a container it must be allowed to: `--security-opt seccomp=unconfined`, or root")
            return refusal.withLock { $0 = error }
        }
        // From here there is no way back.
        do throws(SandboxError) { try helper?.map() } catch { reason = error }
        if let reason {
            try mapAlone(uid: uid, gid: gid)
            setenv(mark, reason.description, 1)
        } else {
            setenv(mark, "", 1)
        }
        try execute(arguments)
    }

    /// Nobody but the user itself, who needs nobody's leave for that.
    private static func mapAlone(uid: Int, gid: Int) throws(SandboxError) {
        let files = [("setgroups", "deny"), ("uid_map", "0 \(uid) 1\n"), ("gid_map", "0 \(gid) 1\n")]
        for (name, text) in files where name == "setgroups" || isEmpty(name) {
            let file = open("/proc/self/\(name)", O_WRONLY | O_CLOEXEC)
            let count = file < 0 ? -1 : write(file, text, text.utf8.count)
            let code = errno
            if file >= 0 { close(file) }
            guard count == text.utf8.count else {
                throw SandboxError(
                    "become root in a user namespace (`\(name)`)", errno: code,
                    hint: "AppArmor or a container around this program may not allow it; run it as root")
            }
        }
    }

    private static func isEmpty(_ name: String) -> Bool {
        HostFiles.contents("/proc/self/\(name)")?.isEmpty ?? true
    }

    private static func execute(_ arguments: [String]) throws(SandboxError) {
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // By its name, which the process is then shown under; another program may have taken it meanwhile.
        let link = "/proc/self/exe"
        if let path = realpath(link, nil) {
            defer { free(path) }
            if isSame(String(cString: path), as: link) { execve(path, &words, environ) }
        }
        execve(link, &words, environ)
        throw SandboxError("start this program again in its user namespace", errno: errno)
    }

    private static func isSame(_ path: String, as other: String) -> Bool {
        var (one, two) = (stat(), stat())
        return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_ino == two.st_ino
            && one.st_dev == two.st_dev
    }
}
