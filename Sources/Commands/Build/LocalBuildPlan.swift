import Archive
import BuildHost
import Builder
import Foundation
import OCI

/// What a build by this program is asked for beside the Dockerfile, checked before anything is begun.
struct LocalBuildPlan {
    let outputs: [BuildOutput]
    /// Names of the image.
    let names: [ImageReference]
    /// None is this machine's own.
    let platforms: [Platform]
    /// What the command line says of the build; where the context is, it does not say.
    let options: BuildOptions
    let agents: [(id: String, source: AgentOption.Source)]
    let cacheSources: [CachePlace]
    let cacheTargets: [CachePlace]
    /// Absolute.
    let digestFile: String?
    let metadataFile: String?

    /// Throws ``CommandError`` at what makes no sense, and ``BuildOptionError``.
    init(
        _ arguments: BuildArguments, _ local: LocalBuildArguments, _ surroundings: Surroundings
    ) throws {
        var outputs = try local.outputs(surroundings)
        for annotation in local.annotation { try Self.annotate(&outputs, annotation) }
        self.outputs = outputs
        names = try arguments.tag.map(Self.name)
        platforms = try arguments.buildPlatforms()
        cacheSources = try local.cacheFrom.map { try CachePlace(parsing: $0, of: "the cache to use") }
        cacheTargets = try local.cacheTo.map { try CachePlace(parsing: $0, of: "the cache to share") }
        agents = try local.ssh.map { try AgentOption.parse($0, surroundings) }
        var options = BuildOptions()
        try arguments.apply(to: &options, surroundings)
        try local.apply(to: &options, surroundings)
        options.compression = outputs.first(where: \.takesImages)?.compression ?? .gzip
        self.options = options
        digestFile = try Self.file(local.iidfile, "--iidfile", surroundings)
        metadataFile = try Self.file(local.metadataFile, "--metadata-file", surroundings)
        try check(local)
    }

    private func check(_ local: LocalBuildArguments) throws {
        if local.sbom || local.provenance, !outputs.contains(where: \.takesDocuments) {
            throw CommandError(
                "documents about the image have nowhere to go",
                hint: "add `--output type=oci,dest=DIR` or `--push`", status: .usage)
        }
        for output in outputs where output.kind == .registry && names.isEmpty && output.names.isEmpty {
            throw BuildOptionError.unnamed
        }
        if platforms.count > 1, outputs.contains(where: { $0.kind == .tar }) {
            throw CommandError(
                "an archive takes the files of one platform",
                hint: "use `type=local`, which makes a directory for each", status: .usage)
        }
        if platforms.count > 1, outputs.contains(where: { $0.kind == .docker }) {
            throw CommandError(
                "`type=docker` takes the image of one platform",
                hint: "use `type=oci`, or an output for each platform in builds of their own", status: .usage)
        }
    }

    /// - Parameter text: `[PLACE[PLATFORM]:]KEY=VALUE`, in buildx's words.
    private static func annotate(_ outputs: inout [BuildOutput], _ text: String) throws(CommandError) {
        let (key, value) = BuildArguments.pair(text)
        guard let value, !key.isEmpty else {
            throw CommandError("`--annotation \(text)`: expected `KEY=VALUE`", status: .usage)
        }
        guard outputs.contains(where: \.takesImages) else {
            throw CommandError(
                "the annotation `\(text)` has nowhere to go",
                hint: "add `--output type=oci,dest=DIR` or `--push`", status: .usage)
        }
        do throws(BuildError) {
            for place in outputs.indices where outputs[place].takesImages {
                try outputs[place].annotations.add(option: key, value: value)
            }
        } catch {
            throw CommandError("`--annotation \(text)`: \(error.message)", hint: error.hint, status: .usage)
        }
    }

    private static func name(_ text: String) throws(CommandError) -> ImageReference {
        do throws(ImageReferenceError) { return try ImageReference(text) } catch {
            throw CommandError("`--tag \(text)`: \(error)", status: .usage)
        }
    }

    /// A file that is written when all is done: that its directory is missing is known before.
    private static func file(
        _ path: String?, _ flag: String, _ surroundings: Surroundings
    ) throws(CommandError) -> String? {
        guard let path else { return nil }
        let file = surroundings.absolute(path)
        let folder = URL(filePath: file).deletingLastPathComponent().path
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue
        else {
            throw CommandError(
                "`\(flag) \(path)`: there is no directory `\(folder)`", hint: "make it first", status: .usage)
        }
        return file
    }
}
