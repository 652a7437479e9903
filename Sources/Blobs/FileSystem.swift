import Glibc

/// The few system calls that the store needs, each with its error.
enum FileSystem {
    /// Returns whether the folder was made now.
    @discardableResult
    static func makeDirectory(_ path: String) throws(BlobError) -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw BlobError("make the folder `\(path)`", errno: errno) }
        return false
    }

    static func names(in path: String) throws(BlobError) -> [String] {
        guard let stream = opendir(path) else { throw BlobError("list the folder `\(path)`", errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func remove(_ path: String) throws(BlobError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw BlobError("remove `\(path)`", errno: errno) }
    }

    static func rename(_ path: String, to place: String) throws(BlobError) {
        guard Glibc.rename(path, place) == 0 else { throw BlobError("rename `\(path)`", errno: errno) }
    }

    static func size(of path: String) throws(BlobError) -> Int64? {
        var status = stat()
        if stat(path, &status) == 0 { return Int64(status.st_size) }
        guard errno == ENOENT else { throw BlobError("look at `\(path)`", errno: errno) }
        return nil
    }

    /// Makes a rename in the folder durable.
    static func syncDirectory(_ path: String) throws(BlobError) {
        let folder = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
        try folder.sync()
    }
}

let readOnly = O_RDONLY

/// An open file; closed when it goes.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32
    let path: String

    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(BlobError) {
        let number = open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw BlobError("open `\(path)`", errno: errno) }
        self.number = number
        self.path = path
    }

    deinit { close(number) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BlobError("write `\(path)`", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until the buffer is full or the file ends; returns the number of bytes.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(BlobError) -> Int {
        var total = 0
        while total < buffer.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[total...])
            let count = pread(number, part.baseAddress, part.count, off_t(offset) + off_t(total))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BlobError("read `\(path)`", errno: errno) }
            if count == 0 { break }
            total += count
        }
        return total
    }

    func size() throws(BlobError) -> Int64 {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw BlobError("look at `\(path)`", errno: errno) }
        return Int64(status.st_size)
    }

    func sync() throws(BlobError) {
        guard fsync(number) == 0 else { throw BlobError("sync `\(path)`", errno: errno) }
    }
}
