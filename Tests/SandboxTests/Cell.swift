import Foundation
import Glibc
import Sandbox
import Synchronization
import TestSupport
import Testing

/// A place to run containers in, with the host's busybox as their file system.
struct Cell {
    let directory: TemporaryDirectory
    let runtime: ContainerRuntime
    let upper: String

    init() throws {
        directory = try TemporaryDirectory.required
        runtime = try ContainerRuntime(directory: directory.path("containers"))
        upper = directory.path("upper")
        try run(
            """
            mkdir -p layers/base/bin layers/base/etc layers/base/tmp layers/base/proc layers/base/sys \\
                layers/base/dev upper work
            chmod 755 layers/base layers/base/* upper; chmod 1777 layers/base/tmp
            cp "$(command -v busybox)" layers/base/bin/busybox
            for name in sh cat echo ls id mount rm mv ln mkdir touch sleep env pwd ip wget nc unshare stat kill yes head \\
                grep hostname dd ulimit; do ln -s busybox layers/base/bin/$name; done
            echo root:x:0:0:root:/root:/bin/sh > layers/base/etc/passwd
            """)
    }

    @discardableResult
    func run(_ script: String) throws -> String {
        let outcome = try Shell.run("set -e; umask 022\n" + script, in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output
    }

    func container(_ arguments: [String], name: String = "c-\(UUID().uuidString)") -> Container {
        var container = Container(
            name: name, layersDirectory: directory.path("layers"), layers: ["base"], upper: upper,
            work: directory.path("work"), arguments: arguments)
        container.environment = ["PATH=/bin"]
        container.network = .none
        return container
    }

    func shell(_ script: String) -> Container { container(["sh", "-c", script]) }

    /// Runs a container to its end; what it said, and how it ended.
    func run(_ container: Container) async throws -> (exit: ContainerExit, output: String) {
        let output = Mutex<[UInt8]>([])
        let exit = try await runtime.run(container) { bytes in output.withLock { $0 += bytes } }
        return (exit, output.withLock { String(decoding: $0, as: UTF8.self) })
    }

    /// What is left in the upper directory: type, mode, path.
    var changes: [String] {
        get throws {
            try run("cd upper; find . -mindepth 1 -printf '%y %m %P\\n' | sort -k 3").split(separator: "\n")
                .map(String.init)
        }
    }

    /// What is left of containers: directories, mounts, processes.
    var leftovers: String {
        get throws {
            try run(
                "ls containers containers/.runtime | grep -v ':$' | grep . || true; grep \"$PWD\" /proc/self/mountinfo || true"
            )
        }
    }
}
