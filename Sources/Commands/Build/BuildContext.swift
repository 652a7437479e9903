import Glibc

/// A directory to build, and the Dockerfile in it.
struct BuildContext: Sendable {
    /// Absolute, and without symbolic links.
    let root: String
    /// The Dockerfile, relative to the root.
    let file: String

    /// Finds the Dockerfile: `named`, from the current directory, or `Dockerfile` in the context.
    ///
    /// Throws ``CommandError`` when the directory or the file is not there, or the file is outside.
    init(directory: String, named file: String?, in surroundings: Surroundings) throws(CommandError) {
        guard let root = Self.resolved(surroundings.absolute(directory)) else {
            throw .system("build `\(directory)`")
        }
        guard Self.isDirectory(root) else {
            throw CommandError("could not build `\(directory)`: it is no directory", status: .usage)
        }
        self.root = root
        guard let file else {
            self.file = "Dockerfile"
            guard access(root + "/Dockerfile", F_OK) == 0 else {
                throw CommandError(
                    "there is no `Dockerfile` in `\(directory)`", hint: "name another file with `-f FILE`",
                    status: .notFound)
            }
            return
        }
        guard let path = Self.resolved(surroundings.absolute(file)) else {
            let isInContext = !file.hasPrefix("/") && access("\(root)/\(file)", F_OK) == 0
            throw CommandError(
                "there is no file `\(file)`",
                hint: isInContext
                    ? "`-f` starts at the current directory: write `-f \(directory)/\(file)`" : nil,
                status: .notFound)
        }
        let prefix = root == "/" ? "/" : root + "/"
        guard path.hasPrefix(prefix) else {
            throw CommandError(
                "the Dockerfile `\(file)` is outside of the context `\(directory)`",
                hint: "build a directory that holds it", status: .usage)
        }
        self.file = String(path.dropFirst(prefix.count))
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The file that says what is left out of the context, relative to the root: the Dockerfile's own
    /// (`NAME.dockerignore`), else the context's.
    var ignoreFile: String? {
        ["\(file).dockerignore", ".dockerignore"].first { access("\(root)/\($0)", F_OK) == 0 }
    }

    /// The context as a tar archive.
    func archive(
        _ filter: ContextFilter, leaveOut: @escaping @Sendable (String) -> Void
    ) throws(CommandError) -> UploadStream {
        let needed = [file] + (ignoreFile.map { [$0] } ?? [])
        var packer = try ContextPacker(root: root, filter: filter.including(needed), leaveOut: leaveOut)
        return UploadStream(source: UploadSource { try packer.next() })
    }
}
