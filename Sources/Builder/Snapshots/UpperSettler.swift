import Archive
import CLinux
import Glibc

/// Makes an upper directory what unpacking its layer gives.
struct UpperSettler: ~Copyable {
    private var place: DirectoryCursor

    init(_ path: String) throws(BuildError) { place = try DirectoryCursor(path) }

    /// What is below is settled before.
    mutating func settle(
        _ found: UpperWalk.Found, _ verdict: UpperDirectory.Verdict, keepsOpaque: Bool
    ) throws(BuildError) {
        try place.move(to: found.path.parentPath)
        let name = found.path.lastComponent
        if case .leftOut = verdict {
            let flags = found.entry?.kind == .directory ? AT_REMOVEDIR : 0
            guard unlinkat(place.number, name, flags) == 0 else {
                throw place.failure("take away", name, errno)
            }
            return
        }
        if found.isWhiteout { return }
        let path = place.procPath(name)
        for attribute in found.ownAttributes {
            if keepsOpaque, OverlayAttribute.opaqueNames.contains(attribute) { continue }
            // A file of two names has it no more at the second.
            guard lremovexattr(path, attribute) == 0 || errno == ENODATA else {
                throw place.failure("take `\(attribute)` from", name, errno)
            }
        }
        switch verdict {
        case .told(let entry): try setTime(entry.modified, of: name, found)
        case .implied(let time): try setTime(time, of: name, found)
        case .leftOut: break
        }
    }

    /// A directory's time may have changed since it was looked at.
    private func setTime(_ time: Int64, of name: String, _ found: UpperWalk.Found) throws(BuildError) {
        if found.hasTime(time), found.entry?.kind != .directory { return }
        let told = timespec(tv_sec: Int(time), tv_nsec: 0)
        guard utimensat(place.number, name, [told, told], AT_SYMLINK_NOFOLLOW) == 0 else {
            throw place.failure("set the time of", name, errno)
        }
    }

    /// No layer of ours tells the root: it is as it was.
    mutating func settleRoot(_ root: FileNode) throws(BuildError) {
        try place.move(to: "")
        for name in try ExtendedAttributes.all(of: place.procPath(".")).keys
        where root.entry.extendedAttributes[name] == nil {
            guard fremovexattr(place.number, name) == 0 else {
                throw place.failure("take `\(name)` from", "", errno)
            }
        }
        let time = timespec(tv_sec: Int(root.entry.modified), tv_nsec: 0)
        guard fchown(place.number, uid_t(clamping: root.entry.uid), gid_t(clamping: root.entry.gid)) == 0,
            fchmod(place.number, mode_t(root.entry.mode)) == 0
        else { throw place.failure("set the owner of", "", errno) }
        for (name, value) in root.entry.extendedAttributes where !OverlayAttribute.isOne(name) {
            guard fsetxattr(place.number, name, value, value.count, 0) == 0 else {
                throw place.failure("set `\(name)` of", "", errno)
            }
        }
        guard futimens(place.number, [time, time]) == 0 else {
            throw place.failure("set the time of", "", errno)
        }
    }
}
