import Archive
import Dockerfile

/// Finds what the sources of a `COPY` mean in a tree: links followed inside its root, patterns expanded.
struct SourceFinder {
    let tree: any FileTree

    /// What a source means: the thing, and the name that it keeps in a destination directory.
    struct Found {
        var node: FileNode
        var name: String
    }

    /// - Parameter source: a path or pattern; a leading slash means the tree's root.
    ///
    /// Throws ``BuildError`` when the source is not there, or leads out of the root. A pattern that matches nothing is
    /// no error, as with BuildKit.
    func find(_ source: String) throws -> [Found] {
        let components = try Self.components(source)
        guard let pattern = components.firstIndex(where: PathPattern.hasWildcard) else {
            let path = components.joined(separator: "/")
            guard let node = try follow(path) else { throw missing(source) }
            return [Found(node: node, name: components.last ?? "")]
        }
        let start = components[..<pattern].joined(separator: "/")
        guard let node = try follow(start) else { return [] }
        return try expand(components[pattern...], in: node)
    }

    /// A source's path from the root; BuildKit takes `..` at the root for the root itself, and so hides mistakes.
    private static func components(_ source: String) throws(BuildError) -> [String] {
        var components: [String] = []
        for component in source.split(separator: "/") where component != "." {
            guard component == ".." else {
                components.append(String(component))
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

    private func expand(_ pattern: ArraySlice<String>, in directory: FileNode) throws -> [Found] {
        guard let first = pattern.first, directory.isDirectory else { return [] }
        guard let matcher = PathPattern(first) else {
            throw BuildError("the pattern `\(first)` is malformed", hint: "a `[` needs a `]`")
        }
        var found: [Found] = []
        for child in try tree.children(of: directory) where matcher.matches(child.name) {
            guard let node = try follow(child.path) else { continue }
            if pattern.count == 1 {
                found.append(Found(node: node, name: child.name))
            } else {
                found += try expand(pattern.dropFirst(), in: node)
            }
        }
        return found
    }

    /// What stands at a path when every symbolic link, the last too, is followed inside the root.
    func follow(_ path: String) throws -> FileNode? {
        var rest = Array(path.split(separator: "/").reversed())
        var node = try tree.node(at: "") ?? .root
        var links = 0
        while let component = rest.popLast() {
            if component == "." { continue }
            if component == ".." {
                node = try tree.node(at: node.path.parentPath) ?? .root
                continue
            }
            guard node.isDirectory,
                let next = try tree.node(at: node.path.appending(component: String(component)))
            else { return nil }
            guard next.entry.kind == .symbolicLink else {
                node = next
                continue
            }
            links += 1
            guard links <= 40 else {
                throw BuildError("`\(path)` leads through a circle of symbolic links")
            }
            if next.entry.linkTarget.hasPrefix("/") { node = try tree.node(at: "") ?? .root }
            rest += next.entry.linkTarget.split(separator: "/").reversed()
        }
        return node
    }

    private func missing(_ source: String) -> BuildError {
        BuildError(
            "`\(source)` is not there",
            hint: "check its spelling, and that `.dockerignore` does not leave it out")
    }
}
