import Archive

extension TarIndex {
    /// What is different from another layer's table: the first path at which they differ, and how.
    ///
    /// `nil` where nothing that the tables tell is different.
    func firstDifference(from before: TarIndex) -> String? {
        var (place, placeBefore) = (0, 0)
        while place < members.count, placeBefore < before.members.count {
            let (member, old) = (members[place], before.members[placeBefore])
            if member.entry.path.precedes(old.entry.path) { return "`\(member.entry.path)` is new" }
            if old.entry.path.precedes(member.entry.path) { return "`\(old.entry.path)` is gone" }
            if let change = member.change(from: old) { return change }
            (place, placeBefore) = (place + 1, placeBefore + 1)
        }
        if place < members.count { return "`\(members[place].entry.path)` is new" }
        guard placeBefore < before.members.count else { return nil }
        return "`\(before.members[placeBefore].entry.path)` is gone"
    }
}

extension TarIndex.Member {
    fileprivate func change(from old: TarIndex.Member) -> String? {
        let (new, before) = (entry, old.entry)
        let path = "`\(new.path)`"
        if new.kind != before.kind { return "\(path) became something else" }
        if new.size != before.size { return "\(path) has \(new.size) bytes instead of \(before.size)" }
        if checksum != old.checksum { return "\(path) holds other bytes" }
        if new.linkTarget != before.linkTarget {
            return "\(path) points to `\(new.linkTarget)` instead of `\(before.linkTarget)`"
        }
        if new.mode != before.mode {
            return "\(path) has the mode \(octal(new.mode)) instead of \(octal(before.mode))"
        }
        if (new.uid, new.gid) != (before.uid, before.gid) {
            return "\(path) belongs to \(new.uid):\(new.gid) instead of \(before.uid):\(before.gid)"
        }
        if new.extendedAttributes != before.extendedAttributes {
            return "\(path) has other extended attributes"
        }
        return new.modified == before.modified ? nil : "\(path) has another time"
    }

    private func octal(_ mode: UInt16) -> String { String(mode, radix: 8) }
}
