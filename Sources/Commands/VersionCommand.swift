import ArgumentParser
import ControlAPI
import Terminal

/// `slipway version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the versions of this program and of the daemon.")

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let address = try daemon.address(in: .current)
        var report = VersionReport(client: SlipwayVersion.current, address: address.description)
        do {
            report.daemon = try await daemon.withClient { try await $0.answer(to: .init(.GET, "version")) }
        } catch let error as CommandError where error.status == .unreachable {
            // Knowing this program's version needs no daemon.
        }
        try output.show(report)
    }
}

/// The versions of both ends.
struct VersionReport: Rendered, Hashable {
    var client: String
    /// Where the daemon was looked for.
    var address: String
    /// `nil` where it does not answer.
    var daemon: VersionRecord?

    func lines(on terminal: Terminal) -> [String] {
        var fields = FieldList()
        fields.add("client", client)
        fields.add("daemon", daemon?.version ?? "does not answer on \(address)")
        fields.add("registry", daemon?.registry)
        fields.add("data", daemon?.data)
        return fields.lines(on: terminal)
    }
}
