import Builder
import Foundation
import OCI
import Sandbox
import TestSupport
import Testing

extension Workshop {
    /// A workshop whose builds can run containers, with `busybox` on the shelf.
    static func running(_ name: String = "workshop", limits: Container.Limits = .init()) throws -> Workshop {
        let directory = try TemporaryDirectory.required
        let runtime = try ContainerRuntime(directory: directory.path("\(name)/containers"))
        let workshop = try Workshop(name, tools: RunTools(runtime: runtime, limits: limits))
        var config = ImageConfig(platform: .host)
        config.execution.environment = ["PATH=/bin"]
        try workshop.addImage(
            "busybox",
            layers: [
                """
                mkdir -p bin etc tmp dev proc sys root; chmod 1777 tmp
                cp "$(command -v busybox)" bin/busybox
                for name in sh cat echo ls id rm mv ln mkdir touch sleep env chmod chown stat mknod test hostname seq \\
                    wc date cp sort grep dd od tr; do ln -s busybox bin/$name; done
                echo root:x:0:0:root:/root:/bin/sh > etc/passwd
                echo ann:x:7:8::/home/ann:/bin/sh >> etc/passwd
                echo root:x:0: > etc/group; echo staff:x:50:ann >> etc/group; echo ann:x:8: >> etc/group
                """
            ], config: config)
        return workshop
    }

    /// What the containers of all builds said.
    var said: String { events.output }

    /// What is left of containers and half-made directories.
    var leftovers: [String] {
        get throws {
            let folder = directory.path
            let outcome = try Shell.run(
                "find . -path '*/containers/*' -not -path '*/.runtime' -o -path '*/snapshots/incoming/*' | sort; "
                    + "grep \"$PWD\" /proc/self/mountinfo || true", in: folder)
            return outcome.output.split(separator: "\n").map(String.init)
        }
    }
}
