import Archive
import Dockerfile
import OCI

/// A build whose Dockerfile and `.dockerignore` are read; nothing is resolved or executed yet.
struct PreparedBuild: Sendable {
    let plan: BuildPlan
    /// The build context, `.dockerignore` applied.
    let context: any FileTree
    /// In seconds since 1970-01-01 00:00:00 UTC.
    let dockerfileTime: Int64

    /// Blocks. Throws ``BuildError`` when there is no Dockerfile, and ``DockerfileError`` when it is wrong.
    init(_ options: BuildOptions, _ input: ImageBuilder.Input) throws {
        let file = options.file.pathComponents.joined(separator: "/")
        guard let bytes = try ContextFile.bytes(file, in: input.source) else {
            throw BuildError(
                "there is no Dockerfile `\(options.file)` in the source", hint: "name it with `-f`")
        }
        let dockerfile = try Dockerfile(parsing: bytes, file: options.file)
        var request = BuildPlan.Request()
        request.arguments = options.buildArguments
        request.target = options.target
        request.platformArguments = Self.platformArguments(options.platform)
        request.contexts = ContextNames(input.contexts).spellings
        plan = try BuildPlan(dockerfile, request)
        context = try Self.filtered(input, dockerfile: file)
        dockerfileTime = try SourceFinder(tree: input.source).follow(file).map(input.source.changeTime) ?? 0
    }

    private static func platformArguments(_ platform: Platform) -> [String: String] {
        var arguments: [String: String] = [:]
        for (prefix, platform) in [("TARGET", platform), ("BUILD", .host)] {
            arguments["\(prefix)PLATFORM"] = platform.description
            arguments["\(prefix)OS"] = platform.os
            arguments["\(prefix)ARCH"] = platform.architecture
            arguments["\(prefix)VARIANT"] = platform.variant ?? ""
        }
        return arguments
    }

    /// A Dockerfile's own ignore file wins over the context's.
    private static func filtered(_ input: ImageBuilder.Input, dockerfile: String) throws -> any FileTree {
        let own = "\(dockerfile).dockerignore"
        if let bytes = try ContextFile.bytes(own, in: input.source) {
            return try FilteredTree(input.context, try IgnoreFile(parsing: bytes, file: own))
        }
        return try ContextIgnore.applied(to: input.context)
    }
}
