import CLinux
import Glibc

/// Mounts that only the calling thread and its children see.
///
/// The kernel drops them with the last of these, however it ends: nothing that is mounted here is ever left behind. The
/// thread must do nothing else afterwards, for it has its own working directory and its own mounts.
enum PrivateMounts {
    /// Gives the thread its own view. What the host unmounts later is unmounted here, too.
    static func enter() throws(SandboxError) {
        guard unshare(Int32(SLIPWAY_CLONE_FS | SLIPWAY_CLONE_NEWNS)) == 0 else {
            throw SandboxError(
                "make a mount namespace", errno: errno,
                hint: "containers need root with the capability `CAP_SYS_ADMIN`")
        }
        guard mount("none", "/", nil, UInt(MS_REC | MS_SLAVE), nil) == 0 else {
            throw SandboxError("make the mounts of a container private", errno: errno)
        }
    }

    /// Directories that are laid over each other.
    struct Overlay {
        /// The directory that ``layers`` are named in.
        var directory: String
        /// Lowest first.
        var layers: [String]
        /// `nil` is an overlay that cannot be changed.
        var upper: String?
        var work: String?
        /// An empty directory: overlayfs needs something at the bottom.
        var empty: String
    }

    static func mountOverlay(_ overlay: Overlay, at target: String) throws(SandboxError) {
        // Names are short where they start from here; other paths are told by descriptors, which no comma disturbs.
        guard chdir(overlay.directory) == 0 else {
            throw SandboxError("open `\(overlay.directory)`", errno: errno)
        }
        // Where nothing takes changes the kernel wants two directories at least.
        if overlay.layers.isEmpty, overlay.upper == nil { return try mountMemory(at: target) }
        let empty = try DirectoryHandle(overlay.empty)
        let lower = overlay.layers.reversed() + [empty.path]
        var options = "lowerdir=" + lower.joined(separator: ":")
        guard options.utf8.count < 4000 else {
            throw SandboxError(
                .container, "the image has \(overlay.layers.count) layers, more than can be mounted",
                hint: "squash some of them")
        }
        guard let upper = overlay.upper, let work = overlay.work else {
            return try mountOverlay(options, at: target)
        }
        let (upperHandle, workHandle) = (try DirectoryHandle(upper), try DirectoryHandle(work))
        options += ",upperdir=\(upperHandle.path),workdir=\(workHandle.path)"
        try mountOverlay(options, at: target)
        // The descriptors are named in the options, and are open until here.
        withExtendedLifetime((upperHandle, workHandle)) {}
    }

    /// A layer must hold all of a file that was changed, and a directory that was renamed must be told whole.
    private static let exactness = ",redirect_dir=off,metacopy=off,index=off"

    private static func mountOverlay(_ options: String, at target: String) throws(SandboxError) {
        // Without the word nothing could be hidden there: no attribute is trusted.
        let words = UserNamespace.isInside ? ",userxattr" : ""
        for suffix in [exactness + words, words] {
            if mount("overlay", target, "overlay", 0, options + suffix) == 0 { return }
            // A kernel may not know the words.
            guard errno == EINVAL else { break }
        }
        if UserNamespace.isInside, errno == EPERM || errno == EINVAL || errno == ENODEV {
            throw SandboxError(
                "mount an overlay in a user namespace", errno: errno,
                hint: "that needs Linux 5.11 with overlayfs, and this is \(kernel); build as root here")
        }
        throw SandboxError(
            "mount an overlay at `\(target)`", errno: errno,
            hint:
                "the directory of the build cache must be on a file system that overlayfs can write to, such as ext4 "
                + "or xfs, and not on an overlay itself")
    }

    private static var kernel: String {
        HostFiles.contents("/proc/sys/kernel/osrelease")?.split(separator: "\n").first.map(String.init)
            ?? "another"
    }

    /// Takes a mount away, for this thread: then its place can be removed.
    static func unmount(_ target: String) {
        // What is not mounted needs nothing; all else goes with the thread.
        umount2(target, Int32(MNT_DETACH))
    }

    /// An empty file system in memory.
    static func mountMemory(at target: String) throws(SandboxError) {
        guard mount("tmpfs", target, "tmpfs", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "mode=0700") == 0 else {
            throw SandboxError("mount a file system in memory", errno: errno)
        }
    }
}

/// An open directory, and a path that means it however it is named.
private final class DirectoryHandle {
    private let number: Int32

    var path: String { "/proc/self/fd/\(number)" }

    init(_ path: String) throws(SandboxError) {
        number = open(path, Int32(SLIPWAY_O_PATH) | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SandboxError("open the directory `\(path)`", errno: errno) }
    }

    deinit { close(number) }
}
