import Blobs
import Archive
import Dockerfile

extension StageBuilder {
    func copy(_ copy: CopyInstruction, _ state: StageState, _ layer: inout LayerPlan) throws {
        guard !copy.keepsParents, copy.transfer.excludes.isEmpty else {
            throw BuildError("`--parents` and `--exclude` are not built yet by this version of slipway")
        }
        var request = try request(copy.transfer, state)
        request.keepsMetadata = copy.from != nil
        let tree = try plan.origin(of: copy).map(origin) ?? context
        try put(copy.transfer.documents, request, &layer)
        try layer.copy(request, from: tree)
    }

    func add(_ add: AddInstruction, _ state: StageState, _ layer: inout LayerPlan) throws {
        guard add.transfer.excludes.isEmpty else {
            throw BuildError("`--exclude` is not built yet by this version of slipway")
        }
        if let remote = add.transfer.sources.first(where: \.isRemote) {
            throw DockerfileError(
                remote.range, "`ADD` of a URL is not built yet by this version of slipway",
                hint: "put the file into the context")
        }
        let whole = try request(add.transfer, state)
        try put(add.transfer.documents, whole, &layer)
        // One source after the other: an archive among them is unpacked, all else copied.
        for path in whole.sources {
            var request = whole
            request.sources = [path]
            if add.unpacks != false, let archive = try archive(at: path) {
                request.sources = ["."]
                request.destination =
                    whole.destination.hasSuffix("/") ? whole.destination : whole.destination + "/"
                request.keepsMetadata = true
                try layer.copy(request, from: archive)
            } else {
                try layer.copy(request, from: context)
            }
        }
    }

    private func request(_ transfer: FileTransfer, _ state: StageState) throws -> CopyRequest {
        var request = CopyRequest(
            sources: transfer.sources.map(\.text), destination: state.absolute(transfer.destination.text))
        let count = transfer.sources.count + transfer.documents.count
        guard count <= 1 || request.destination.hasSuffix("/") || request.destination == "/" else {
            throw DockerfileError(
                transfer.destination.range,
                "`\(transfer.destination.text)` is to take \(count) sources, and is not a directory",
                hint: "end it with a slash")
        }
        if let owner = transfer.owner, !owner.text.isEmpty {
            do { request.attributes.owner = try Accounts(in: state.tree).owner(owner.text) } catch let error
                as BuildError
            {
                throw DockerfileError(owner.range, error.message, hint: error.hint)
            }
        }
        if let mode = transfer.mode, !mode.text.isEmpty { request.attributes.mode = try Self.mode(mode) }
        return request
    }

    private static func mode(_ word: Word) throws -> UInt16 {
        guard let mode = UInt16(word.text, radix: 8), mode <= 0o7777 else {
            throw DockerfileError(
                word.range, "`--chmod=\(word.text)` should be an octal number up to 7777, such as `0755`")
        }
        return mode
    }

    /// Writes here-documents as files of their names.
    private func put(_ documents: [Heredoc], _ request: CopyRequest, _ layer: inout LayerPlan) throws {
        for document in documents {
            var place = try layer.resolve(request.destination)
            if request.destination.hasSuffix("/") || layer.entry(at: place)?.kind == .directory {
                try layer.makeDirectory(request.destination, request.attributes)
                place = try layer.resolve(place.appending(component: document.name))
            } else {
                try layer.makeDirectory(place.parentPath, request.attributes)
            }
            let bytes = Array(document.content.utf8)
            let entry = TarEntry(
                path: place, kind: .file, mode: request.attributes.mode ?? 0o644,
                uid: request.attributes.owner?.uid ?? 0, gid: request.attributes.owner?.gid ?? 0,
                size: Int64(bytes.count), modified: epoch)
            layer.put(entry, .bytes(bytes))
        }
    }

    /// The contents of a file of the context that is a tar archive; `nil` where it is anything else.
    private func archive(at source: String) throws -> (any FileTree)? {
        let found = try SourceFinder(tree: context).find(source)
        guard found.count == 1, found[0].node.entry.kind == .file else { return nil }
        let scratch = try maker.writer.store.scratchFile()
        try context.read(found[0].node) { piece in
            try piece.withUnsafeBytes { try scratch.append(Array($0)) }
        }
        return try ArchiveContent.archive(in: scratch, store: maker.writer.store)
    }
}

extension Word {
    /// Whether `ADD` brings it from somewhere else than the context.
    fileprivate var isRemote: Bool {
        ["http://", "https://", "git://", "ssh://", "git@"].contains { text.hasPrefix($0) }
    }
}
