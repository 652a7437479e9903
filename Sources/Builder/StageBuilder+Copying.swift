import Archive
import Blobs
import Dockerfile
import OCI

extension StageBuilder {
    /// The name of the layer that a copy makes, where it has one before it is made.
    func copyKey(
        _ instruction: Instruction, from sources: InstructionSources, _ state: inout StageState
    ) throws -> Digest? {
        let transfer: FileTransfer
        var request: CopyRequest
        switch instruction.action {
        // An image's files have no names for ever but those of its layers, and here-documents are no work.
        case .copy(let copy) where copy.from == nil && copy.transfer.documents.isEmpty:
            transfer = copy.transfer
        case .add(let add)
        where add.transfer.documents.isEmpty && sources.remote.isEmpty:
            transfer = add.transfer
        default: return nil
        }
        try state.settle()
        request = try self.request(transfer, state)
        if case .copy(let copy) = instruction.action { request.keepsParents = copy.keepsParents }
        let base = instruction.isLinked ? LayeredTree() : state.tree
        return try CopyKey.key(instruction, request, from: sources.tree, over: base, epoch: epoch)
    }

    /// Where the files of a `COPY` come from.
    func sources(of copy: CopyInstruction) async throws -> InstructionSources {
        for word in copy.transfer.sources where try RemotePlace(word) != nil {
            throw word.error("`COPY` takes no URL, and `\(word.text)` is one", hint: "use `ADD`")
        }
        guard let from = try plan.origin(of: copy) else {
            return InstructionSources(tree: context, isContext: true)
        }
        var isContext = false
        if case .context(let name) = from { isContext = !contexts.isImage(name) }
        return InstructionSources(tree: try await origin(from).tree, isContext: isContext)
    }

    func copy(
        _ copy: CopyInstruction, from sources: InstructionSources, _ state: StageState,
        _ layer: inout LayerPlan
    ) throws {
        var request = try request(copy.transfer, state)
        request.keepsMetadata = !sources.isContext
        request.keepsParents = copy.keepsParents
        try layer.copy(request, from: sources.tree)
        try put(copy.transfer.documents, request, &layer)
    }

    /// One thing after the other: an archive among them is unpacked, all else copied.
    func add(
        _ add: AddInstruction, from sources: InstructionSources, _ state: StageState,
        _ layer: inout LayerPlan
    ) throws {
        let request = try request(add.transfer, state)
        for (index, source) in request.sources.enumerated() {
            switch sources.remote[index] {
            case .file(let file):
                let found = SourceFinder.Found(node: file.node, name: file.node.name)
                try addOne(found, of: file, unpacks: add.unpacks ?? false, request, &layer)
            case .repository(let tree):
                let root = SourceFinder.Found(node: try tree.node(at: "") ?? .root, name: "")
                try layer.copy(root, request, from: tree)
            case nil:
                for found in try SourceFinder(tree: context).find(source) {
                    try addOne(found, of: context, unpacks: add.unpacks ?? true, request, &layer)
                }
            }
        }
        try put(add.transfer.documents, request, &layer)
    }

    private func addOne(
        _ found: SourceFinder.Found, of tree: any FileTree, unpacks: Bool, _ request: CopyRequest,
        _ layer: inout LayerPlan
    ) throws {
        if unpacks, found.node.entry.kind == .file,
            let archive = try LocalArchive(
                found.node, in: tree, store: maker.writer.store, limit: options.unpackLimit)
        {
            try layer.unpack(
                try archive.tree(), to: request.destination, owner: request.attributes.owner)
        } else {
            try layer.copy(found, request, from: tree)
        }
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
