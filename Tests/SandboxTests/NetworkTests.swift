import Foundation
import Sandbox
import TestSupport
import Testing

@Suite("A container's network", .temporaryDirectory) struct NetworkTests {
    @Test func `is its own, with a way out and none to this machine's loopback`() async throws {
        let cell = try Cell()
        let server = try LoopbackServer()
        var container = cell.shell(
            """
            ip addr show eth0 | grep -o '10.0.2.100'; cat /etc/resolv.conf | grep nameserver
            for address in 127.0.0.1 10.0.2.2; do
                nc -w 2 $address \(server.port) < /dev/null
            done
            exit 0
            """)
        container.network = .private
        let (exit, output) = try await cell.run(container)
        #expect(exit == .exited(0))
        #expect(output.contains("10.0.2.100\n") && output.contains("nameserver 10.0.2.3\n"))
        #expect(!output.contains("hello"))
    }

    @Test func `is none but a loopback when it is none`() async throws {
        let cell = try Cell()
        let (_, output) = try await cell.run(
            cell.shell("ip -o link | grep -o '^[0-9]*: [a-z0-9]*'; ip route"))
        #expect(output == "1: lo\n")
    }

    @Test func `is the host's when it is allowed`() async throws {
        let cell = try Cell()
        let server = try LoopbackServer()
        var container = cell.shell("nc -w 2 127.0.0.1 \(server.port) < /dev/null")
        container.network = .host
        #expect(try await cell.run(container).output == "hello\n")
    }

    @Test func `that cannot be made is told, with what can be done`() async throws {
        let cell = try Cell()
        var programs = ContainerRuntime.Programs()
        programs.network = "no-such-program"
        let runtime = try ContainerRuntime(directory: cell.directory.path("containers"), programs: programs)
        var container = cell.shell("true")
        container.network = .private
        var error: SandboxError?
        do { _ = try await runtime.run(container) { _ in } } catch let caught as SandboxError {
            error = caught
        }
        #expect(error?.message.contains("`no-such-program`") == true)
        #expect(error?.hint?.contains("`slirp4netns`") == true)
        let left = try cell.leftovers
        #expect(left == "")
    }

    @Test func `knows the hosts that it is given`() async throws {
        let cell = try Cell()
        var container = cell.shell("cat /etc/hosts; cat /etc/hostname")
        container.hosts = [(address: "10.1.2.3", name: "db")]
        let (_, output) = try await cell.run(container)
        #expect(output.contains("127.0.0.1\tlocalhost buildkitsandbox\n"))
        #expect(output.hasSuffix("10.1.2.3\tdb\nbuildkitsandbox\n"))
    }
}
