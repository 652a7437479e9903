import ArgumentParser
import BuildHost
import Builder
import OCI

/// What commands that work on images without a daemon are told.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where layers and base images are kept.", valueName: "directory"))
    var store: String?

    @Option(
        help: ArgumentHelp(
            "A registry where HTTPS is not spoken, beside those of this machine.", valueName: "HOST[:PORT]"))
    var plainHttp: [String] = []

    @Option(help: "Which of an index's images is meant; by default this machine's.")
    var platform: String?

    func directory(in surroundings: Surroundings) throws(CommandError) -> String {
        try StoreDirectory.path(store, in: surroundings)
    }

    /// Opens the store, and closes its connections afterwards. What goes wrong is told as a build's failures are.
    func withBuilder<Result: Sendable>(
        _ body: @escaping @Sendable (LocalBuilder, Platform) async throws -> Result
    ) async throws -> Result {
        do {
            let session = try LocalBuilderSession(store: store, plainHTTP: plainHttp, .current)
            let wanted =
                try platform.map { text throws(CommandError) in try Platform(argument: text) } ?? .host
            return try await session.run { try await body($0, wanted) }
        } catch { throw BuildFailure.commandError(error) }
    }
}

/// Where a command puts the image that it made.
struct ImageOutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "A name that the image gets in its registry, such as `host/app:2`.")
    var tag: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where else the image goes, as with `slipway build`.", valueName: "output"))
    var output: [String] = []

    func validate() throws {
        if tag.isEmpty, output.isEmpty {
            throw ValidationError("name where the image goes with '--tag NAME' or '--output OUTPUT'")
        }
    }

    /// Writes the image, and prints its digest.
    func write(_ result: BuildResult, with builder: LocalBuilder) async throws {
        let surroundings = Surroundings.current
        var outputs = try LocalBuildArguments.outputs(output, surroundings)
        // A name alone means its registry; beside an output it names the image there.
        if outputs.isEmpty { outputs = [BuildOutput(kind: .registry)] }
        let names = try tag.map { try ImageReference($0) }
        var digest = result.root.digest
        for output in outputs {
            let delivered = try await builder.delivered(
                result, by: output, madeIn: nil)
            try await builder.write(delivered, to: output, names: names)
            digest = delivered.root.digest
        }
        try surroundings.write(Array("\(digest)\n".utf8))
    }
}
