import ArgumentParser
import BuildHost
import Builder
import Foundation
import OCI

/// `slipway image append`.
struct ImageAppendCommand: AsyncParsableCommand, ContainerCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Put layers on top of an image, or of nothing.")

    @Argument(help: ArgumentHelp("Tar archives, or directories.", valueName: "layer")) var layers: [String]
    @Option(help: "The image below; by default nothing.") var base: String?
    @Option(help: "Where the files of directories go.") var to = "/"
    @OptionGroup var target: ImageOutputOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        if layers.isEmpty { throw ValidationError("name a tar archive or a directory") }
    }

    func stateDirectory(in surroundings: Surroundings) throws -> String {
        try store.directory(in: surroundings)
    }

    func run() async throws {
        let surroundings = Surroundings.current
        try await store.withBuilder { builder, platform in
            var made: [Layer] = []
            for path in layers { made.append(try await layer(surroundings.absolute(path), builder)) }
            var image: LoadedImage?
            if let base { image = try await builder.load(try ImageLocation(base), for: platform) }
            try await target.write(
                try builder.append(made, to: image, note: "slipway image append"), with: builder)
        }
    }

    private func layer(_ path: String, _ builder: LocalBuilder) async throws -> Layer {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CommandError("there is no `\(path)`", status: .notFound)
        }
        if isDirectory.boolValue {
            return try builder.builder.layer(outOf: DirectoryTree(directory: path), at: to)
        }
        return try builder.builder.layer(outOf: try await builder.store(file: path))
    }
}
