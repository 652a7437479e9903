import ArgumentParser

/// `docker build`'s flags, as far as both a daemon and this program alone understand them.
struct BuildArguments: ParsableArguments {
    @Option(name: .shortAndLong, help: "A name for the image, such as `app:1`.")
    var tag: [String] = []

    @Option(name: .shortAndLong, help: "The Dockerfile; by default `Dockerfile` in the directory.")
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

    @Option(
        help: ArgumentHelp("What the image is to run on, such as `linux/arm64`.", valueName: "platform,…"))
    var platform: [String] = []

    @Flag(name: .shortAndLong, help: "Print the image's digest instead of the log.")
    var quiet = false

    /// Each of several platforms, however they were written.
    var platforms: [String] { platform.flatMap { $0.split(separator: ",").map(String.init) } }

    func validate() throws {
        for value in label where value.first == "=" || !value.contains("=") {
            throw ValidationError("'--label \(value)' should be '--label NAME=VALUE'")
        }
        for value in buildArg where value.isEmpty || value.first == "=" {
            throw ValidationError("'--build-arg \(value)' should be '--build-arg NAME=VALUE'")
        }
    }

    /// The build arguments with their values; those that the environment does not have are left out.
    func buildArguments(_ environment: [String: String]) -> [String: String] {
        var values: [String: String] = [:]
        for argument in buildArg {
            let (name, value) = Self.pair(argument)
            values[name] = value ?? environment[name]
        }
        return values
    }

    var labels: [String: String] {
        Dictionary(label.map(Self.pair).map { ($0, $1 ?? "") }) { $1 }
    }

    /// `NAME=VALUE`, or `NAME` alone.
    static func pair(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
