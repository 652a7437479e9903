import Archive
import FoundationEssentials
import Glibc

/// The directories that one `RUN` instruction works in; they go with it.
final class RunWorkspace: Sendable {
    private let path: String
    /// Takes the container's changes.
    let upper: String
    let work: String

    /// - Parameter root: the file system's root, whose attributes the container's root gets.
    init(in directory: String, root: FileNode) throws {
        path = "\(directory)/\(UUID().uuidString)"
        (upper, work) = ("\(path)/upper", "\(path)/work")
        for folder in [path, work] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        var writer = try DirectoryWriter(making: upper)
        var entry = root.entry
        entry.path = ""
        try writer.finish(entry)
    }

    deinit {
        // What cannot be removed is swept when no build runs.
        try? DirectoryRemoval.remove(path)
    }

    /// Two empty directories for one more overlay.
    func overlay() throws -> (upper: String, work: String) {
        let folder = "\(path)/\(UUID().uuidString)"
        for name in ["upper", "work"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        chmod("\(folder)/upper", 0o755)
        return ("\(folder)/upper", "\(folder)/work")
    }

    /// A file for one mount.
    func file(_ bytes: [UInt8], mode: UInt32) throws -> String {
        let file = "\(path)/\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: file))
        chmod(file, mode)
        return file
    }
}
