/// Where an instruction's files come from: a tree of files, or all that layers make.
enum SourceTree: Sendable {
    /// A build context.
    case context(any FileTree)
    /// A stage or an image.
    case stage(StageState)

    var tree: any FileTree {
        switch self {
        case .context(let tree): tree
        case .stage(let stage): stage.tree
        }
    }
}
