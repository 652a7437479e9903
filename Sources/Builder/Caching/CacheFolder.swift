import FoundationEssentials
import Glibc

/// A folder of small files that can all be made anew: a file that cannot be read or written costs time, never a build.
struct CacheFolder: Sendable {
    let directory: String

    private func url(_ name: String) -> URL { URL(filePath: "\(directory)/\(name)") }

    func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

    /// The file's bytes, or `nil` where there is none that can be read.
    func bytes(_ name: String) -> [UInt8]? {
        // What cannot be read is made anew.
        guard let data = try? Data(contentsOf: url(name)) else { return nil }
        // The time of change is that of the last use.
        utimensat(AT_FDCWD, "\(directory)/\(name)", nil, 0)
        return Array(data)
    }

    /// Replaces the file in one step.
    func keep(_ bytes: [UInt8], as name: String) {
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: directory), withIntermediateDirectories: true)
            try Data(bytes).write(to: url(name), options: .atomic)
        } catch {
            // The layer is in the store already. A disk that is full says so when the image itself is written.
        }
    }
}
