/// Which stage needs which.
struct StageGraph {
    /// A need, and the instruction that has it.
    private struct Edge {
        var stage: Int
        var place: SourceRange
    }

    private let stages: [BuildPlan.PlannedStage]
    private let names: StageNames
    /// What each stage copies from and mounts; its base is not among them.
    private var edges: [[Edge]] = []

    /// Throws when stages need each other, whether the target needs them or not.
    init(_ stages: [BuildPlan.PlannedStage], _ names: StageNames) throws(DockerfileError) {
        self.stages = stages
        self.names = names
        for stage in stages { edges.append(try Self.edges(of: stage, names)) }
        try refuseCycles()
    }

    private static func edges(
        of stage: BuildPlan.PlannedStage, _ names: StageNames
    ) throws(DockerfileError) -> [Edge] {
        var edges: [Edge] = []
        for instruction in stage.instructions {
            for use in try instruction.origins(names) {
                if case .stage(let index) = use.origin { edges.append(Edge(stage: index, place: use.place)) }
            }
        }
        return edges
    }

    /// The target and all that it needs; throws when one of them needs a stage that comes after it.
    func stages(neededBy target: Int) throws(DockerfileError) -> Set<Int> {
        var needed: Set<Int> = [target]
        var pending = [target]
        while let index = pending.popLast() {
            for edge in edges[index] where edge.stage >= index {
                throw DockerfileError(
                    edge.place,
                    "`\(names.displayName(index))` needs `\(names.displayName(edge.stage))`, which comes after it",
                    hint: "move `\(names.displayName(edge.stage))` before it")
            }
            var needs = edges[index].map(\.stage)
            if case .stage(let base) = stages[index].base { needs.append(base) }
            pending += needs.filter { needed.insert($0).inserted }
        }
        return needed
    }

    private func refuseCycles() throws(DockerfileError) {
        var isDone = [Bool](repeating: false, count: stages.count)
        var isOnPath = isDone
        for start in stages.indices where !isDone[start] {
            // Each entry is a stage, and how many of its edges were followed.
            var path = [(stage: start, followed: 0)]
            isOnPath[start] = true
            while let (stage, followed) = path.last {
                guard followed < edges[stage].count else {
                    isDone[stage] = true
                    isOnPath[stage] = false
                    path.removeLast()
                    continue
                }
                path[path.count - 1].followed += 1
                let edge = edges[stage][followed]
                if isOnPath[edge.stage] { throw cycle(path.map(\.stage), edge) }
                if isDone[edge.stage] { continue }
                isOnPath[edge.stage] = true
                path.append((edge.stage, 0))
            }
        }
    }

    private func cycle(_ path: [Int], _ edge: Edge) -> DockerfileError {
        let circle = path.drop { $0 != edge.stage }
        var shown = circle.prefix(10).map { "`\(names.displayName($0))`" }
        guard shown.count > 1 else {
            return DockerfileError(edge.place, "the stage \(shown[0]) needs itself")
        }
        if circle.count > shown.count { shown.append("…") }
        return DockerfileError(edge.place, "the stages \(shown.joined(separator: ", ")) need each other")
    }
}

extension Instruction {
    /// What it takes files from, other than the build context.
    func origins(_ names: StageNames) throws(DockerfileError) -> [(
        origin: BuildPlan.Origin, place: SourceRange
    )] {
        switch action {
        case .copy(let copy):
            guard let from = copy.from else { return [] }
            return [(try names.origin(ofCopy: from), from.range)]
        case .run(let run):
            return run.mounts.compactMap { mount in
                mount.from.map { (names.origin(ofMount: $0), mount.word.range) }
            }
        default: return []
        }
    }
}
