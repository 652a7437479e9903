import Archive
import Dockerfile
import OCI

/// A build whose Dockerfile and `.dockerignore` are read; nothing is resolved or executed yet.
struct PreparedBuild: Sendable {
    let plan: BuildPlan
    /// The build context, `.dockerignore` applied.
    let context: any FileTree
    /// What the context leaves out.
    let ignored: IgnoreFile
    /// In seconds since 1970-01-01 00:00:00 UTC.
    let dockerfileTime: Int64

    /// - Parameter includesAllStages: whether stages that the target does not need are planned, too.
    ///
    /// Blocks. Throws ``BuildError`` when there is no Dockerfile, and ``DockerfileError`` when it is wrong.
    init(_ options: BuildOptions, _ input: ImageBuilder.Input, includesAllStages: Bool = false) throws {
        let file = options.file.pathComponents.joined(separator: "/")
        guard let bytes = try ContextFile.bytes(file, in: input.source) else {
            throw BuildError(
                "there is no Dockerfile `\(options.file)` in the source", hint: "name it with `-f`")
        }
        let check = try options.buildArguments["BUILDKIT_DOCKERFILE_CHECK"].map {
            try CheckOptions(parsing: $0, source: "BUILDKIT_DOCKERFILE_CHECK")
        }
        let dockerfile = try Dockerfile(parsing: bytes, file: options.file, check: check)
        var request = BuildPlan.Request()
        request.arguments = options.buildArguments
        request.target = options.target
        request.platformArguments = Self.platformArguments(options.platform)
        request.includesAllStages = includesAllStages
        request.contexts = ContextNames(input.contexts).spellings
        plan = try BuildPlan(dockerfile, request)
        let ignored = try Self.ignoreFile(input, dockerfile: file)
        self.ignored = ignored ?? IgnoreFile()
        context = try ignored.map { try FilteredTree(input.context, $0) } ?? input.context
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
    private static func ignoreFile(_ input: ImageBuilder.Input, dockerfile: String) throws -> IgnoreFile? {
        let own = "\(dockerfile).dockerignore"
        if let bytes = try ContextFile.bytes(own, in: input.source) {
            return try IgnoreFile(parsing: bytes, file: own)
        }
        return try ContextIgnore.file(of: input.context)
    }
}
