import Glibc

/// Where limits are kept: the kernel's control groups, of the first or the second version.
enum ControlGroups {
    private static let root = "/sys/fs/cgroup"

    /// Whether limits of memory, processors and processes can be kept to.
    static var areWritable: Bool { path("") != nil }

    /// Where a container's group is; `nil` where this process cannot make any: then there are no limits.
    static func path(_ name: String) -> String? {
        let isWritable =
            access("\(root)/cgroup.controllers", F_OK) == 0
            ? access("\(root)/cgroup.subtree_control", W_OK) == 0 : access("\(root)/memory", W_OK) == 0
        return isWritable ? "/slipway/\(name)" : nil
    }
}
