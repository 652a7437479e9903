import Foundation
import Glibc

/// What an OCI runtime says of its own failures: a line of JSON for each message.
enum RuntimeLog {
    struct Message: Decodable {
        var level: String
        var msg: String

        /// What a user can do something with.
        func sandboxError(of container: Container) -> SandboxError {
            let program = container.arguments.first ?? ""
            if msg.contains("executable file not found") || msg.contains("no such file or directory"),
                msg.contains("exec")
            {
                return SandboxError(
                    .container, "there is no program `\(program)` in the container",
                    hint: program.hasSuffix("sh")
                        ? "the image has no shell: write the command as a JSON array, or use an image with one"
                        : "check its name, and the `PATH` of the image")
            }
            if msg.contains("permission denied"), msg.contains("exec") {
                return SandboxError(
                    .container, "the program `\(program)` may not be executed",
                    hint: "give it the right to be executed with `chmod +x`")
            }
            if msg.contains("exec format error") {
                return SandboxError(
                    .container, "the program `\(program)` is not made for this machine",
                    hint: "a script needs a first line such as `#!/bin/sh`")
            }
            return SandboxError(
                .host, "the container could not be started: \(Self.lastClause(msg))",
                hint: UserNamespace.isInside ? mountHint : nil)
        }

        /// The kernel shows nobody more of its own file systems than they see already.
        private var mountHint: String? {
            guard let kind = ["proc", "sysfs"].first(where: { msg.contains("mounting \"\($0)\"") }) else {
                return nil
            }
            return
                "a user namespace can mount `\(kind)` only where nothing covers parts of this machine's own: "
                + "leave out `ProtectKernelTunables=` of a service, and give a container around this "
                + "`--security-opt systempaths=unconfined`"
        }

        /// `runc` puts what it was doing in front of what went wrong, several times.
        private static func lastClause(_ text: String) -> String {
            guard let start = text.range(of: "unable to start container process: ") else { return text }
            return String(text[start.upperBound...])
        }
    }

    /// The first error; `nil` where there is none: then the process itself failed.
    static func error(in path: String) -> Message? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let message = try? JSONDecoder().decode(Message.self, from: Data(line)) else { continue }
            if message.level == "error" || message.level == "fatal" { return message }
        }
        return nil
    }
}
