import CLinux
import Glibc

/// What of this machine decides whether an ordinary user can have a user namespace.
struct NamespaceSupport: Sendable {
    /// Where `/proc` is; the tests have another.
    var proc = "/proc"

    /// What is missing, and what to do about it; `nil` where nothing is known to be.
    var obstacle: SandboxError? {
        guard let most = number("sys/user/max_user_namespaces") else {
            return SandboxError(
                .host, "this kernel has no user namespaces", hint: "use one with `CONFIG_USER_NS`, or root")
        }
        if most == 0 {
            return setting("user.max_user_namespaces", is: 0, wanted: 15_000)
        }
        if number("sys/kernel/unprivileged_userns_clone") == 0 {
            return setting("kernel.unprivileged_userns_clone", is: 0, wanted: 1)
        }
        if number("sys/kernel/apparmor_restrict_unprivileged_userns") == 1, isUnconfined {
            return SandboxError(
                .host,
                "AppArmor lets no program make user namespaces that has no profile for it "
                    + "(`kernel.apparmor_restrict_unprivileged_userns` is 1)",
                hint: "give `slipway` a profile with the rule `userns,`, or as root: "
                    + "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`")
        }
        return nil
    }

    /// Why programs with the rights of their file's owner have none, such as `newuidmap`; `nil` where they do.
    var mappingObstacle: SandboxError? {
        guard status("NoNewPrivs") == "1" else { return nil }
        return SandboxError(
            .host, "this process may get no new privileges, which `newuidmap` needs",
            hint: "leave out `NoNewPrivileges=` and what implies it in the service's unit")
    }

    private func setting(_ name: String, is value: Int, wanted: Int) -> SandboxError {
        SandboxError(
            .host, "this machine lets ordinary users make no user namespaces: `\(name)` is \(value)",
            hint: "as root: `sysctl -w \(name)=\(wanted)`, and the same in a file of `/etc/sysctl.d`")
    }

    private var isUnconfined: Bool {
        guard let profile = HostFiles.contents("\(proc)/self/attr/current") else { return true }
        return profile.hasPrefix("unconfined")
    }

    private func number(_ file: String) -> Int? {
        HostFiles.contents("\(proc)/\(file)").flatMap { Int($0.filter { !$0.isWhitespace }) }
    }

    private func status(_ field: String) -> Substring? {
        (HostFiles.contents("\(proc)/self/status") ?? "").split(separator: "\n").first {
            $0.hasPrefix(field + ":")
        }?.split(whereSeparator: \.isWhitespace).last
    }
}
