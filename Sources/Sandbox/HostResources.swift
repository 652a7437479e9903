import Glibc

/// What this process may use itself, and so give at most.
package enum HostResources {
    /// The kernel's numbers of limits, by the names that Docker's `--ulimit` has for them.
    private static let numbers: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7,
        "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// The limits that can be set.
    package static var names: [String] { numbers.keys.sorted() }

    /// `nil` for a limit that is not known.
    static func hardLimit(_ name: String) -> UInt64? {
        guard let number = numbers[name] else { return nil }
        var limit = rlimit()
        guard getrlimit(number, &limit) == 0 else { return nil }
        return UInt64(limit.rlim_max)
    }
}
