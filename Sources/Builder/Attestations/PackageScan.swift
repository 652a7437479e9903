import Archive
package import Blobs
package import Inventory

/// What an image holds that others packed.
package struct ImageContents: Hashable, Sendable {
    package var distribution: Distribution?
    package var findings = Findings()
}

/// Looks for the packages of an image: in the databases of its distribution, in lock files and installed metadata of
/// languages, and in Go programs.
///
/// A file is read only where its name says that it matters, and held whole only up to a limit; what is not read is
/// noted. Files are looked at in the order of their paths: equal images give equal findings.
package struct PackageScan {
    /// What is read at most, in bytes.
    package struct Limits: Sendable {
        package var file: Int64 = 64 << 20
        package var database: Int64 = 1 << 30
        package var program: Int64 = 1 << 30
        /// How many folders may lie in one another.
        package var depth = 128

        package init() {}
    }

    let tree: any FileTree
    let store: BlobStore
    let limits: Limits
    let isCanceled: () -> Bool
    /// A smaller file is no Go program.
    private static let smallestProgram: Int64 = 256 << 10
    /// What a running system has there is none of the image's.
    private static let skipped: Set<String> = ["dev", "proc", "sys"]

    /// - Parameters:
    ///   - tree: the finished image's files.
    ///   - store: gives scratch files for databases.
    ///   - isCanceled: is asked now and then.
    package init(
        of tree: any FileTree, store: BlobStore, limits: Limits = Limits(),
        isCanceled: @escaping () -> Bool = { false }
    ) {
        self.tree = tree
        self.store = store
        self.limits = limits
        self.isCanceled = isCanceled
    }

    /// Blocks. Throws what the tree and the store throw, and `CancellationError`; never at what a file says.
    package func contents() throws -> ImageContents {
        var contents = ImageContents()
        contents.distribution = try distribution(&contents.findings)
        try scanRPM(&contents)
        var waiting = [(node: try tree.node(at: "") ?? .root, depth: 0)]
        while let (directory, depth) = waiting.popLast() {
            if isCanceled() { throw CancellationError() }
            var folders: [(node: FileNode, depth: Int)] = []
            for child in try tree.children(of: directory) {
                if child.isDirectory, !Self.skipped.contains(child.path) {
                    folders.append((child, depth + 1))
                } else if child.entry.kind == .file {
                    try scan(child, &contents)
                }
            }
            if depth < limits.depth {
                waiting += folders.reversed()
            } else if !folders.isEmpty {
                contents.findings.note("its folders lie too deep, and were not looked at", in: directory.path)
            }
        }
        return contents
    }

    private func distribution(_ findings: inout Findings) throws -> Distribution? {
        for path in Distribution.paths {
            guard let node = try follow(path), node.entry.kind == .file,
                let file = try file(node, &findings), let found = Distribution(parsing: file)
            else { continue }
            return found
        }
        return nil
    }

    private func scan(_ node: FileNode, _ contents: inout ImageContents) throws {
        if let kind = PackageFile(path: node.path) {
            if kind == .goSum, try tree.node(at: node.path.sibling("go.mod")) != nil { return }
            guard let file = try file(node, &contents.findings) else { return }
            var findings = kind.read(file, of: contents.distribution)
            if kind == .dpkgStatus { try addLicenses(&findings) }
            contents.findings.append(findings)
        } else if node.entry.mode & 0o111 != 0, node.entry.size >= Self.smallestProgram {
            try scanProgram(node, &contents.findings)
        }
    }

    /// A file's bytes, or `nil` and a note where it has too many.
    private func file(_ node: FileNode, _ findings: inout Findings) throws -> InventoryFile? {
        guard node.entry.size <= limits.file else {
            findings.note("it has \(node.entry.size) bytes, and was not read", in: node.path)
            return nil
        }
        var bytes: [UInt8] = []
        try tree.read(node) { piece in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return InventoryFile(path: node.path, bytes: bytes)
    }

    /// dpkg does not know licenses: each package has them in a file.
    private func addLicenses(_ findings: inout Findings) throws {
        for index in findings.packages.indices {
            let path = DebianCopyright.path(of: findings.packages[index].name)
            guard let node = try follow(path), node.entry.kind == .file, node.entry.size <= limits.file else {
                continue
            }
            guard let file = try file(node, &findings) else { continue }
            findings.packages[index].license = DebianCopyright.license(in: file)
        }
    }

    /// What stands at a path when links are followed inside the image.
    func follow(_ path: String) throws -> FileNode? {
        // A circle of links leads nowhere.
        do { return try SourceFinder(tree: tree).follow(path) } catch is BuildError { return nil }
    }
}

extension String {
    /// Another name in the same folder.
    fileprivate func sibling(_ name: String) -> String { parentPath.appending(component: name) }
}
