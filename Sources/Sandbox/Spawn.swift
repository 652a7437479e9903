import CLinux
import Glibc

/// Starts programs.
enum Spawn {
    /// What a program finds under one number.
    enum Descriptor {
        /// A file that is opened for it, to read and write.
        case file(String)
        /// One of this process's own.
        case descriptor(Int32)
    }

    /// Starts a program in a process group of its own: Ctrl-C at the terminal is for this program, which ends the other
    /// in its own way.
    ///
    /// - Parameter descriptors: what it finds open, from number 0. It gets nothing else of this process: a pipe that it
    ///   held open would never end for somebody else.
    static func start(_ arguments: [String], _ descriptors: [Descriptor]) throws(SandboxError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Behind all that is to be copied: none is overwritten before.
        let own = descriptors.map { if case .descriptor(let file) = $0 { file } else { Int32(0) } }
        let spare = max(own.max() ?? 0, Int32(descriptors.count)) + 1
        for (number, descriptor) in descriptors.enumerated() {
            guard case .descriptor(let file) = descriptor else { continue }
            posix_spawn_file_actions_adddup2(&actions, file, spare + Int32(number))
        }
        for (number, descriptor) in descriptors.enumerated() {
            switch descriptor {
            case .file(let path): posix_spawn_file_actions_addopen(&actions, Int32(number), path, O_RDWR, 0)
            case .descriptor: posix_spawn_file_actions_adddup2(&actions, spare + Int32(number), Int32(number))
            }
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, Int32(descriptors.count))
        return try start(arguments, &actions)
    }

    private static func start(
        _ arguments: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws(SandboxError) -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let program = HostPrograms.path(of: arguments[0]) ?? arguments[0]
        let status = posix_spawnp(&pid, program, &actions, &attributes, &words, environ)
        guard status == 0 else {
            throw SandboxError(
                "start `\(arguments[0])`", errno: status,
                hint: status == ENOENT ? "install it, or put it on the PATH" : nil)
        }
        return pid
    }
}
