import Archive
import Blobs
import Dockerfile
import OCI

extension StageBuilder {
    /// The name of the layer that a copy makes, where it has one before it is made.
    func copyKey(
        _ instruction: Instruction, from tree: any FileTree, _ state: inout StageState
    ) throws -> Digest? {
        let transfer: FileTransfer
        var request: CopyRequest
        switch instruction.action {
        // An image's files have no names for ever but those of its layers, and here-documents are no work.
        case .copy(let copy) where copy.from == nil && copy.transfer.documents.isEmpty:
            transfer = copy.transfer
        case .add(let add)
        where add.transfer.documents.isEmpty && !add.transfer.sources.contains(where: \.isRemote):
            transfer = add.transfer
        default: return nil
        }
        try state.settle()
        request = try self.request(transfer, state)
        if case .copy(let copy) = instruction.action { request.keepsParents = copy.keepsParents }
        let base = instruction.isLinked ? LayeredTree() : state.tree
        return try CopyKey.key(instruction, request, from: tree, over: base, epoch: epoch)
    }

    func copy(
        _ copy: CopyInstruction, from tree: any FileTree, _ state: StageState, _ layer: inout LayerPlan
    ) throws {
        var request = try request(copy.transfer, state)
        request.keepsMetadata = copy.from != nil
        request.keepsParents = copy.keepsParents
        try layer.copy(request, from: tree)
        try put(copy.transfer.documents, request, &layer)
    }

    func add(_ add: AddInstruction, _ state: StageState, _ layer: inout LayerPlan) throws {
        if let remote = add.transfer.sources.first(where: \.isRemote) {
            throw remote.error(
                "`ADD` of a URL is not built yet by this version of slipway",
                hint: "put the file into the context")
        }
        let request = try request(add.transfer, state)
        // One thing after the other: an archive among them is unpacked, all else copied.
        for source in request.sources {
            for found in try SourceFinder(tree: context).find(source) {
                if add.unpacks != false, found.node.entry.kind == .file,
                    let archive = try LocalArchive(found.node, in: context, store: maker.writer.store)
                {
                    let tree = try archive.tree()
                    try layer.unpack(tree, to: request.destination, owner: request.attributes.owner)
                } else {
                    try layer.copy(found, request, from: context)
                }
            }
        }
        try put(add.transfer.documents, request, &layer)
    }

    private func request(_ transfer: FileTransfer, _ state: StageState) throws -> CopyRequest {
        let destination = transfer.destination
        var request = CopyRequest(
            sources: transfer.sources, destination: state.absolute(destination.text))
        let count = transfer.sources.count + transfer.documents.count
        guard count <= 1 || request.destination.hasTrailingSlash else {
            throw destination.error(
                "`\(destination.text)` is to take \(count) sources, and is not a directory",
                hint: "end it with a slash")
        }
        request.excludes = try IgnoreFile(excluding: transfer.excludes)
        if let mode = transfer.mode, !mode.text.isEmpty { request.attributes.mode = try FileMode(mode) }
        guard let owner = transfer.owner, !owner.text.isEmpty else { return request }
        do { request.attributes.owner = try Accounts(in: state.tree).owner(owner.text) } catch let error
            as BuildError
        {
            throw owner.error(error.message, hint: error.hint)
        }
        return request
    }

    /// Writes here-documents as files of their names.
    private func put(_ documents: [Heredoc], _ request: CopyRequest, _ layer: inout LayerPlan) throws {
        for document in documents {
            let place = try layer.place(for: document.name, at: request.destination, request.attributes)
            let bytes = Array(document.content.utf8)
            let mode = request.attributes.mode?.applied(to: 0o644, isDirectory: false) ?? 0o644
            let owner = request.attributes.owner
            try layer.put(
                TarEntry(
                    path: place, kind: .file, mode: mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0,
                    size: Int64(bytes.count), modified: layer.time),
                .bytes(bytes))
        }
    }
}

extension Word {
    /// Whether `ADD` brings it from somewhere else than the context.
    fileprivate var isRemote: Bool {
        ["http://", "https://", "git://", "ssh://", "git@"].contains { text.hasPrefix($0) }
    }
}
