import Glibc

/// Where programs of the host are.
enum HostPrograms {
    /// An ordinary user's `PATH` leaves out where Debian has `runc`.
    private static let further = [
        "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin",
    ]

    /// The program of a name, in the `PATH` or where those for root are; `nil` where there is none. A path is itself.
    static func path(of name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init) + further
        return folders.lazy.map { "\($0)/\(name)" }.first { isProgram($0) }
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
