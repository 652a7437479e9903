import Spelling

/// What the names and numbers of stages mean.
struct StageNames: Sendable {
    private let stages: [Stage]
    private let contexts: Set<String>
    /// By name; the last of two stages with one name counts, as in BuildKit.
    private let byName: [String: Int]

    init(_ dockerfile: Dockerfile, _ request: BuildPlan.Request) {
        stages = dockerfile.stages
        contexts = Set(request.contexts.map { $0.lowercased() })
        byName = Dictionary(
            dockerfile.stages.compactMap { stage in stage.name.map { ($0, stage.index) } },
            uniquingKeysWith: { $1 })
    }

    func stage(named name: String) -> Int? { byName[name.lowercased()] }

    func displayName(_ index: Int) -> String { stages[index].displayName.excerpt }

    /// The stage that is asked for, by name or number.
    func target(_ text: String?) throws(DockerfileError) -> Int {
        guard let text, !text.isEmpty else { return stages.count - 1 }
        if let index = stage(named: text) { return index }
        if let index = Int(text), stages.indices.contains(index) { return index }
        let near = Spelling.nearest(to: text, among: byName.keys)
        let names = stages.compactMap(\.name)
        let shown = names.prefix(10).map { "`\($0.excerpt)`" }.joined(separator: ", ")
        let known = shown + (names.count > 10 ? ", …" : "")
        throw DockerfileError(
            stages[0].range, "no stage is named `\(text.excerpt)`",
            hint: near.map { "did you mean `\($0)`?" } ?? (known.isEmpty ? nil : "the stages are \(known)"))
    }

    func origin(ofCopy from: Word) throws(DockerfileError) -> BuildPlan.Origin {
        // Nothing is set, so that any variable shows.
        let expansion = try WordExpander().expand(from)
        guard expansion.text == from.text else {
            throw from.error(
                "`--from=\(from.text.excerpt)` has a variable, which `COPY` does not replace there",
                hint: "name a stage with `FROM \(from.text.excerpt) AS NAME`, and use that name")
        }
        if let number = Int(from.text) {
            guard stages.indices.contains(number) else {
                throw from.error(
                    "there is no stage \(number): the file has \(stages.count), and counts from 0")
            }
            return replaced(number)
        }
        return origin(ofMount: from.text)
    }

    func origin(ofMount from: String) -> BuildPlan.Origin {
        if let index = stage(named: from) { return replaced(index) }
        if contexts.contains(from.lowercased()) { return .context(from) }
        return from == "scratch" ? .scratch : .image(from)
    }

    /// The stage, unless a named context stands in for it.
    private func replaced(_ index: Int) -> BuildPlan.Origin {
        if let name = stages[index].name, contexts.contains(name) { return .context(name) }
        return .stage(index)
    }

    /// What a stage under another leaves for it to do.
    func triggers(of base: BuildPlan.Origin) throws(DockerfileError) -> [Instruction] {
        guard case .stage(let index) = base, replaced(index) == base else { return [] }
        var triggers: [Instruction] = []
        for instruction in stages[index].instructions {
            if case .onbuild(let onbuild) = instruction.action {
                triggers.append(try onbuild.instruction.get())
            }
        }
        return triggers
    }
}
