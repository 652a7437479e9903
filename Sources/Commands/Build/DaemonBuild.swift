import ControlAPI

/// `slipway build` by the daemon.
struct DaemonBuild {
    let context: String
    let arguments: BuildArguments
    let isPublished: Bool
    let daemon: DaemonOptions
    let surroundings: Surroundings

    func run() async throws {
        let context = try BuildContext(directory: context, named: arguments.file, in: surroundings)
        let archive = try context.archive(try context.filter(), leaveOut: surroundings.say)
        let words = words(file: context.file)
        try await daemon.withClient { client in
            let uploaded: UploadedContext = try await client.answer(
                to: .init(.POST, "contexts", body: .stream(archive, length: nil)))
            let request = BuildRequest(
                context: uploaded.digest, words: words, isPublished: isPublished,
                requester: surroundings.requester)
            let queued: QueuedRuns = try await client.answer(
                to: .init(.POST, "builds", body: .json(request)))
            for run in queued.runs { try await settle(run, client) }
        }
    }

    /// `docker build`'s words without the context.
    func words(file: String) -> [String] {
        var words = arguments.tag.flatMap { ["-t", $0] } + ["-f", file]
        let values = arguments.buildArguments(surroundings.environment)
        for argument in arguments.buildArg {
            let name = BuildArguments.pair(argument).name
            if let value = values[name] { words += ["--build-arg", "\(name)=\(value)"] }
        }
        words += arguments.label.flatMap { ["--label", $0] }
        if let target = arguments.target { words += ["--target", target] }
        for platform in arguments.platforms { words += ["--platform", platform] }
        if arguments.noCache { words.append("--no-cache") }
        return words
    }

    /// Waits for the run's end; prints its log, or only what matters of it.
    private func settle(_ run: String, _ client: ControlClient) async throws {
        let kept = KeptLog()
        let watch = RunWatch(
            client: client, run: run, interruption: .cancelsRun,
            write: arguments.quiet ? kept.append : ClosableOutput.write)
        guard let detail = try await watch.result() else {
            throw CommandError("left \(run) before it was over", status: .failed)
        }
        do { try detail.run.requireSuccess() } catch {
            if arguments.quiet { surroundings.say(kept.text) }
            throw error
        }
        guard arguments.quiet else { return }
        var printed: Set<String> = []
        for output in detail.outputs where printed.insert(output.digest).inserted {
            try surroundings.write(Array("\(output.digest)\n".utf8))
        }
    }
}
