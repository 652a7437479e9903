import Glibc

/// A snapshot that is being made: a folder in `incoming`, locked for as long as its process works on it.
struct SnapshotDraft: ~Copyable {
    private let directory: String
    private let folder: String
    private let lock: Int32
    private var isPlaced = false

    /// Where the files are to be put.
    var files: String { "\(folder)/\(Snapshots.files)" }

    static var uniqueName: String {
        String(UInt64.random(in: 1 << 60 ... .max), radix: 16) + String(getpid(), radix: 16)
    }

    init(in directory: String) throws(BuildError) {
        let folder = "\(try Self.incoming(directory))/\(Self.uniqueName)"
        // A folder without a lock is a dead process's: nobody sweeps before there is one.
        let lock = try Self.gated(directory, LOCK_SH) { () throws(BuildError) in
            guard mkdir(folder, 0o700) == 0 else { throw BuildError.failed(to: "make `\(folder)`", errno) }
            return try Self.locked("\(folder)/\(FolderUsage.marker)")
        }
        self.directory = directory
        self.folder = folder
        self.lock = lock
    }

    deinit {
        if !isPlaced {
            // What is left is swept.
            try? DirectoryRemoval.remove(files)
            try? DirectoryRemoval.remove(folder)
        }
        close(lock)
    }

    /// Gives the snapshot its name; the one that has it already wins.
    mutating func place(as name: String) throws(BuildError) {
        let place = "\(directory)/\(name)"
        if rename(folder, place) == 0 {
            isPlaced = true
        } else if errno != EEXIST, errno != ENOTEMPTY {
            throw BuildError.failed(to: "keep the layer at `\(place)`", errno)
        }
    }

    /// Removes what no process has locked.
    static func sweep(_ directory: String) throws(BuildError) {
        let incoming = try incoming(directory)
        let dead = try gated(directory, LOCK_EX) { () throws(BuildError) in
            try DirectoryCursor(incoming).names().filter { !isLocked("\(incoming)/\($0.shown)") }
        }
        for name in dead { try DirectoryRemoval.remove("\(incoming)/\(name.shown)") }
    }

    private static func isLocked(_ folder: String) -> Bool {
        let file = open("\(folder)/\(FolderUsage.marker)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0
    }

    /// Makes the folder of what is not whole, and the one above it.
    private static func incoming(_ directory: String) throws(BuildError) -> String {
        let incoming = "\(directory)/incoming"
        if access(incoming, F_OK) == 0 { return incoming }
        for path in [directory, incoming] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw BuildError.failed(to: "make the directory `\(path)`", errno)
        }
        return incoming
    }

    /// Does something while nobody sweeps, or while nobody begins.
    private static func gated<Value>(
        _ directory: String, _ mode: Int32, _ body: () throws(BuildError) -> Value
    ) throws(BuildError) -> Value {
        let gate = open("\(directory)/incoming", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard gate >= 0 else { throw BuildError.failed(to: "open `\(directory)/incoming`", errno) }
        defer { close(gate) }
        try wait(for: gate, mode, "\(directory)/incoming")
        return try body()
    }

    /// An open file that this process has locked, made where it is missing.
    private static func locked(_ path: String) throws(BuildError) -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BuildError.failed(to: "make `\(path)`", errno) }
        do throws(BuildError) { try wait(for: file, LOCK_EX, path) } catch {
            close(file)
            throw error
        }
        return file
    }

    private static func wait(for file: Int32, _ mode: Int32, _ path: String) throws(BuildError) {
        while flock(file, mode) != 0 {
            guard errno == EINTR else { throw BuildError.failed(to: "lock `\(path)`", errno) }
        }
    }
}
