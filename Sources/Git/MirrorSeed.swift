import CLibgit2
import Foundation
import Glibc

/// Fills a new mirror with the objects of a repository on the same disk, as hard links.
///
/// libgit2 would pack all objects anew to fetch them from a path: seconds to minutes where links take
/// milliseconds.
struct MirrorSeed {
    let source: Repository

    /// Links all objects into the object folder of a bare repository.
    ///
    /// Returns false when some could not be linked: another disk, another user's protected files, or a repack
    /// that took them away. Then the repository lacks some and is of no use.
    func fill(_ repository: String) -> Bool {
        let objects = String(cString: git_repository_commondir(source.pointer)) + "objects"
        // Objects that the source itself borrows are not in its folder.
        guard !FileManager.default.fileExists(atPath: objects + "/info/alternates") else { return false }
        // A pack is written before the files that it replaces are removed, so packs are looked for last; and
        // a pack is there only once its index is, which goes last therefore.
        let folders = Self.names(in: objects).filter { $0.count == 2 && $0.allSatisfy(\.isHexDigit) }
        let steps = folders.map { ($0, "") } + [("pack", ".pack"), ("pack", ".idx")]
        return steps.allSatisfy { folder, ending in
            link(
                Self.names(in: "\(objects)/\(folder)").filter { $0.hasSuffix(ending) },
                from: "\(objects)/\(folder)", to: "\(repository)/objects/\(folder)")
        }
    }

    private func link(_ names: [String], from source: String, to target: String) -> Bool {
        guard mkdir(target, 0o755) == 0 || errno == EEXIST else { return false }
        return names.allSatisfy { Glibc.link("\(source)/\($0)", "\(target)/\($0)") == 0 }
    }

    private static func names(in folder: String) -> [String] {
        // A folder that is not there has no files.
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
