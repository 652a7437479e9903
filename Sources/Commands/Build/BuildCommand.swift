import ArgumentParser
import ControlAPI

/// `slipway build`.
struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build an image out of a directory.",
        discussion: """
            Sends the directory to the daemon, without what its .dockerignore leaves out, and prints the log. The \
            exit status is 0 when the image was built, else 1. Ctrl-C cancels the build.
            """)

    @Argument(help: ArgumentHelp("The directory that is the build context.", valueName: "dir"))
    var directory: String

    @Option(name: .shortAndLong, help: "A name for the image in the embedded registry, such as `app:1`.")
    var tag: [String] = []

    @Option(name: .shortAndLong, help: "The Dockerfile, in the directory; by default `Dockerfile`.")
    var file: String?

    @Option(
        help: ArgumentHelp("A build argument; NAME alone takes its value from here.", valueName: "NAME=VALUE")
    )
    var buildArg: [String] = []

    @Option(help: "The stage to build; by default the last one.")
    var target: String?

    @Option(help: ArgumentHelp("A label of the image.", valueName: "NAME=VALUE"))
    var label: [String] = []

    @Flag(help: "Use no layer that an earlier build made.")
    var noCache = false

    @Option(help: "What the image is to run on, such as `linux/arm64`.")
    var platform: String?

    @Flag(inversion: .prefixedNo, help: "Publish the tags in the embedded registry.")
    var publish = true

    @Flag(name: .shortAndLong, help: "Print the image's digest instead of the log.")
    var quiet = false

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        for value in label where value.first == "=" || !value.contains("=") {
            throw ValidationError("'--label \(value)' should be '--label NAME=VALUE'")
        }
        for value in buildArg where value.isEmpty || value.first == "=" {
            throw ValidationError("'--build-arg \(value)' should be '--build-arg NAME=VALUE'")
        }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let context = try BuildContext(directory: directory, named: file, in: surroundings)
        let archive = try context.archive(try context.filter(), leaveOut: surroundings.say)
        let words = words(file: context.file, environment: surroundings.environment)
        try await daemon.withClient { client in
            let uploaded: UploadedContext = try await client.answer(
                to: .init(.POST, "contexts", body: .stream(archive, length: nil)))
            let request = BuildRequest(
                context: uploaded.digest, words: words, isPublished: publish,
                requester: surroundings.requester)
            let queued: QueuedRuns = try await client.answer(
                to: .init(.POST, "builds", body: .json(request)))
            for run in queued.runs { try await settle(run, client, surroundings) }
        }
    }

    /// `docker build`'s words without the context.
    func words(file: String, environment: [String: String]) -> [String] {
        var words = tag.flatMap { ["-t", $0] } + ["-f", file]
        for argument in buildArg {
            if argument.contains("=") {
                words += ["--build-arg", argument]
            } else if let value = environment[argument] {
                words += ["--build-arg", "\(argument)=\(value)"]
            }
        }
        words += label.flatMap { ["--label", $0] }
        if let target { words += ["--target", target] }
        if let platform { words += ["--platform", platform] }
        if noCache { words.append("--no-cache") }
        return words
    }

    /// Waits for the run's end; prints its log, or only what matters of it.
    private func settle(_ run: String, _ client: ControlClient, _ surroundings: Surroundings) async throws {
        let kept = KeptLog()
        let watch = RunWatch(
            client: client, run: run, interruption: .cancelsRun,
            write: quiet ? kept.append : ClosableOutput.write)
        guard let detail = try await watch.result() else {
            throw CommandError("left \(run) before it was over", status: .failed)
        }
        do { try detail.run.requireSuccess() } catch {
            if quiet { surroundings.say(kept.text) }
            throw error
        }
        guard quiet else { return }
        var printed: Set<String> = []
        for output in detail.outputs where printed.insert(output.digest).inserted {
            try surroundings.write(Array("\(output.digest)\n".utf8))
        }
    }
}
