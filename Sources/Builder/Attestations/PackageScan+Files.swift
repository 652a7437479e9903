import Archive
import Blobs
import Inventory

extension PackageScan {
    /// Looks into an executable for what Go's linker leaves there.
    func scanProgram(_ node: FileNode, _ findings: inout Findings) throws {
        guard node.entry.size <= limits.program else { return }
        var reader = GoProgramReader()
        var isFirst = true
        do {
            try tree.read(node) { piece in
                if isFirst, !piece.withUnsafeBytes({ GoProgramReader.isExecutable(Array($0.prefix(4))) }) {
                    throw EnoughRead()
                }
                isFirst = false
                if isCanceled() { throw CancellationError() }
                if !reader.append(piece) { throw EnoughRead() }
            }
            reader.finish()
        } catch is EnoughRead {}
        if let info = reader.info { findings.add(info, inProgram: node.path) }
    }

    /// Reads the RPM database; where links lead to its folder from others, it is read once.
    func scanRPM(_ contents: inout ImageContents) throws {
        var seen: Set<String> = []
        for folder in RPMDatabaseFile.folders {
            for kind in RPMDatabaseFile.allCases {
                guard let node = try follow("\(folder)/\(kind.rawValue)"), node.entry.kind == .file,
                    seen.insert(node.path).inserted
                else { continue }
                try scan(kind, node, &contents)
            }
        }
    }

    private func scan(_ kind: RPMDatabaseFile, _ node: FileNode, _ contents: inout ImageContents) throws {
        guard node.entry.size <= limits.database else {
            return contents.findings.note("it has \(node.entry.size) bytes, and was not read", in: node.path)
        }
        let log = kind == .sqlite ? try tree.node(at: node.path + "-wal") : nil
        do {
            let database = try kind.open(
                try scratch(node), log: log?.entry.kind == .file ? try log.map(scratch) : nil)
            try database.headers { header in
                if isCanceled() { throw CancellationError() }
                contents.findings.add(rpmHeader: header, in: node.path, of: contents.distribution)
            }
        } catch let error as RPMDatabaseError {
            contents.findings.note("\(error)", in: node.path)
        }
    }

    /// A file where it can be read at any offset.
    private func scratch(_ node: FileNode) throws -> StoredBytes {
        let scratch = try store.scratchFile()
        var size: Int64 = 0
        try tree.read(node) { piece in
            let bytes = piece.withUnsafeBytes { Array($0) }
            try scratch.append(bytes)
            size += Int64(bytes.count)
        }
        return StoredBytes(scratch, size: size, isBigEndian: true)
    }

    /// Ends the reading of a file whose rest nobody wants.
    private struct EnoughRead: Error {}
}
