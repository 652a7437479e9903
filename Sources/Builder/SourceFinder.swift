import Archive
import Dockerfile

/// Finds what the sources of a `COPY` mean in a tree: links followed inside its root, patterns expanded.
struct SourceFinder {
    let tree: any FileTree
    /// As many as Linux follows.
    private static let maximumLinks = 40

    /// What a source means: the thing, and the name that it keeps in a destination directory.
    struct Found {
        var node: FileNode
        var name: String
    }

    /// - Parameter source: a path or pattern; a leading slash means the tree's root.
    ///
    /// Throws ``DockerfileError`` when the source is not there, or leads out of the root. A pattern that matches nothing
    /// is no error, as with BuildKit.
    func find(_ source: Word) throws -> [Found] {
        do { return try find(path: source.text) } catch let error as BuildError {
            throw source.error(error.message, hint: error.hint)
        }
    }

    private func find(path source: String) throws -> [Found] {
        let components = try Self.components(source)
        guard let pattern = components.firstIndex(where: PathPattern.hasWildcard) else {
            guard let node = try follow(components.joined(separator: "/")) else { throw missing(source) }
            return [Found(node: node, name: components.last ?? "")]
        }
        guard let start = try follow(components[..<pattern].joined(separator: "/")) else { return [] }
        return try expand(components[pattern...], in: start)
    }

    /// A source's path from the root; BuildKit takes `..` at the root for the root itself, and so hides mistakes.
    private static func components(_ source: String) throws(BuildError) -> [String] {
        var components: [String] = []
        for component in source.pathComponents {
            guard component == ".." else {
                components.append(component)
                continue
            }
            guard components.popLast() != nil else {
                throw BuildError(
                    "`\(source)` leads out of the build context",
                    hint: "move the file into the context, or build from a folder above")
            }
        }
        return components
    }

    /// A pattern meets directories, not links to them; what it matches at its end is followed.
    private func expand(_ pattern: ArraySlice<String>, in directory: FileNode) throws -> [Found] {
        guard let first = pattern.first, directory.isDirectory else { return [] }
        guard let matcher = PathPattern(first) else {
            throw BuildError("the pattern `\(first)` is malformed", hint: "a `[` needs a `]`")
        }
        var found: [Found] = []
        for child in try tree.children(of: directory) where matcher.matches(child.name) {
            if pattern.count > 1 {
                found += try expand(pattern.dropFirst(), in: child)
            } else {
                guard let node = try follow(child.path) else { throw missing(child.path) }
                found.append(Found(node: node, name: child.name))
            }
        }
        return found
    }

    /// What stands at a path when every symbolic link, the last too, is followed inside the root.
    func follow(_ path: String) throws -> FileNode? {
        var rest = Array(path.pathComponents.reversed())
        var node = try tree.node(at: "") ?? .root
        var links = 0
        while let component = rest.popLast() {
            if component == ".." {
                node = try tree.node(at: node.path.parentPath) ?? .root
                continue
            }
            guard node.isDirectory,
                let next = try tree.node(at: node.path.appending(component: component))
            else { return nil }
            guard next.entry.kind == .symbolicLink else {
                node = next
                continue
            }
            links += 1
            guard links <= Self.maximumLinks else {
                throw BuildError("`\(path)` leads through a circle of symbolic links")
            }
            if next.entry.linkTarget.isAbsolute { node = try tree.node(at: "") ?? .root }
            rest += next.entry.linkTarget.pathComponents.reversed()
        }
        return node
    }

    private func missing(_ source: String) -> BuildError {
        BuildError(
            "`\(source)` is not there",
            hint: "check its spelling, and that `.dockerignore` does not leave it out")
    }
}
