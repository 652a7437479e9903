import Archive
import Blobs
@testable import Builder
import Foundation
import OCI
import TestSupport
import Testing

/// Layers laid out as directories one over the other, and overlays that are really mounted over them.
struct LayerStack {
    let directory: TemporaryDirectory
    let store: BlobStore
    let snapshots: Snapshots
    private(set) var tree = LayeredTree()
    private(set) var names: [String] = []

    init() throws {
        directory = try TemporaryDirectory.required
        store = try BlobStore(directory: directory.path("blobs"))
        snapshots = Snapshots(directory: directory.path("snapshots"), store: store)
    }

    func path(_ name: String) -> String { "\(snapshots.directory)/\(name)/\(Snapshots.files)" }

    // MARK: Layers

    /// A layer out of an archive's members.
    func layer(_ members: [(TarEntry, String)]) throws -> Layer {
        try layer(archive(members.map { (entry: $0.0, content: $0.1) }))
    }

    func layer(_ archive: [UInt8]) throws -> Layer {
        let digest = try store.write(archive)
        let descriptor = Descriptor(mediaType: .ociLayer, digest: digest, size: Int64(archive.count))
        return Layer(descriptor: descriptor, diffID: digest)
    }

    /// A layer that GNU tar makes of what a script leaves in an empty directory.
    func layer(script: String, tar options: String = "") throws -> Layer {
        let folder = directory.path("made-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let outcome = try Shell.run(
            "set -e; umask 022\n\(script)\n"
                + "shopt -s dotglob; tar --numeric-owner --sort=name \(options) -cf ../made.tar -- *",
            in: folder)
        try #require(outcome.status == 0, "\(outcome.output)")
        return try layer(Array(Data(contentsOf: URL(filePath: directory.path("made.tar")))))
    }

    func index(of layer: Layer) throws -> TarIndex {
        try LayerIndexes(directory: directory.path("indexes"), store: store).index(of: layer)
    }

    /// Lays out one more layer; returns its directory.
    @discardableResult
    mutating func add(_ layer: Layer) throws -> String {
        let index = try index(of: layer)
        let name = try snapshots.directory(for: layer, index: index, over: tree)
        put(name, layer, index)
        return path(name)
    }

    @discardableResult
    mutating func add(_ members: [(TarEntry, String)]) throws -> String { try add(layer(members)) }

    mutating func put(_ name: String, _ layer: Layer, _ index: TarIndex) {
        names.append(name)
        tree.apply(index, content: StoredLayerContent(layer: layer, index: index, store: store))
    }

    // MARK: Overlays

    /// What a script says with all layers mounted at its working directory.
    func merged(_ script: String) throws -> String {
        try inOverlay("lowerdir=\(lower):\(emptyDirectory())", script)
    }

    /// Changes the file system by a script, and returns the upper directory that it left.
    func change(_ script: String, name: String = "upper") throws -> String {
        let upper = directory.path(name)
        for path in [upper, directory.path("work")] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let options =
            "lowerdir=\(lower):\(try emptyDirectory()),upperdir=\(upper),workdir=\(directory.path("work")),"
            + "redirect_dir=off,metacopy=off,index=off"
        _ = try inOverlay(options, "set -e; umask 022\n" + script)
        return upper
    }

    private var lower: String { names.reversed().map { path($0) }.joined(separator: ":") }

    /// Overlayfs wants two directories at least.
    private func emptyDirectory() throws -> String {
        let path = directory.path("empty")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func inOverlay(_ options: String, _ script: String) throws -> String {
        let target = directory.path("merged")
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let outcome = try Shell.run(
            "/usr/bin/unshare",
            [
                "-m", "/bin/bash", "-c",
                "mount -t overlay overlay -o '\(options)' '\(target)' && cd '\(target)' && { \(script)\n}",
            ])
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output
    }

    // MARK: Looking

    /// Everything that a directory holds, as Python sees it: a line for each name.
    static func listing(_ path: String, withTimes: Bool = true) throws -> [String] {
        let outcome = try Shell.run("/usr/bin/python3", ["-c", lister, path, withTimes ? "times" : ""])
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// The same of all layers together.
    func mergedListing(withTimes: Bool = true) throws -> [String] {
        try directory.write(Self.lister, to: "lister.py")
        let script = "/usr/bin/python3 '\(directory.path("lister.py"))' . \(withTimes ? "times" : "''")"
        return try merged(script).split(separator: "\n").map(String.init)
    }

    /// For scripts that list what they see before their overlay goes.
    func lister() throws -> String { try directory.write(Self.lister, to: "lister.py") }

    private static let lister = """
        import hashlib, os, stat, sys
        root, first = os.path.abspath(sys.argv[1]), {}
        for folder, folders, files in sorted(os.walk(root)):
            for name in [""] * (folder == root) + sorted(folders + files):
                path = os.path.join(folder, name)
                s = os.lstat(path)
                if stat.S_ISSOCK(s.st_mode): continue
                shown = os.path.relpath(path, root)
                words = [shown, oct(s.st_mode), f"{s.st_uid}:{s.st_gid}"]
                # Of a removed file nothing but that is seen; the kernel makes all of them links of one.
                if stat.S_ISCHR(s.st_mode) and s.st_rdev == 0:
                    print(shown, "is removed")
                    continue
                if sys.argv[2] == "times": words.append(str(s.st_mtime_ns))
                if stat.S_ISLNK(s.st_mode): words.append(os.readlink(path))
                if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode): words.append(hex(s.st_rdev))
                if stat.S_ISREG(s.st_mode):
                    words += [str(s.st_size), hashlib.sha1(open(path, "rb").read()).hexdigest()[:8]]
                if s.st_nlink > 1 and not stat.S_ISDIR(s.st_mode) and sys.argv[2] == "times":
                    words.append("link of " + first.setdefault(s.st_ino, shown))
                for key in sorted(os.listxattr(path, follow_symlinks=False)):
                    words.append(key + "=" + os.getxattr(path, key, follow_symlinks=False).hex())
                print(*words)
        """
}

extension TarEntry {
    static func file(_ path: String, mode: UInt16 = 0o644, uid: Int = 0) -> TarEntry {
        TarEntry(path: path, kind: .file, mode: mode, uid: uid, modified: 1000)
    }

    static func directory(_ path: String, mode: UInt16 = 0o755, uid: Int = 0) -> TarEntry {
        TarEntry(path: path, kind: .directory, mode: mode, uid: uid, modified: 1000)
    }

    static func link(_ path: String, to target: String) -> TarEntry {
        TarEntry(path: path, kind: .symbolicLink, mode: 0o777, modified: 1000, linkTarget: target)
    }

    static func hardLink(_ path: String, to target: String, mode: UInt16 = 0o644, uid: Int = 0) -> TarEntry {
        TarEntry(path: path, kind: .hardLink, mode: mode, uid: uid, modified: 1000, linkTarget: target)
    }
}
