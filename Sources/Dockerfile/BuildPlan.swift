/// What is to be built of a Dockerfile: the stages that a target needs, and the images that they stand on.
///
/// The variables of `FROM` are replaced. What other instructions need is known only while they are executed.
package struct BuildPlan: Sendable {
    /// What a build asks for.
    package struct Request: Equatable, Sendable {
        /// `--build-arg`.
        package var arguments: [String: String] = [:]
        /// A stage by name or number; `nil` is the last.
        package var target: String?
        /// `TARGETPLATFORM`, `TARGETOS`, `TARGETARCH`, `TARGETVARIANT`, `BUILDPLATFORM`, …
        package var platformArguments: [String: String] = [:]
        /// The names of contexts that stand in for a stage or an image (`--build-context`).
        package var contexts: Set<String> = []
        /// Whether all stages are planned where no target is named: to look for mistakes, not to build.
        package var includesAllStages = false

        package init() {}
    }

    /// Where files of a stage, a `COPY` or a mount come from.
    package enum Origin: Hashable, Sendable {
        case scratch
        /// By its place in the file.
        case stage(Int)
        /// A reference as it is written.
        case image(String)
        /// One of the request's named contexts.
        case context(String)
    }

    /// A stage that the target needs.
    package struct PlannedStage: Sendable {
        package var stage: Stage
        package var base: Origin
        /// `--platform`, expanded.
        package var platform: String?
        /// The triggers of what it stands on, then its own.
        package var instructions: [Instruction] = []
        /// The number of instructions that are triggers.
        package var triggerCount = 0

        /// Whether a named context stands in for all of it.
        package var isReplaced: Bool {
            if case .context(let name) = base { name == stage.name } else { false }
        }
    }

    package let dockerfile: Dockerfile
    package let request: Request
    /// In the order of the file: a stage comes after all that it needs.
    package let stages: [PlannedStage]
    /// The place in the file of the stage that makes the image.
    package let target: Int
    /// What `ARG` before the first `FROM` and the platform set; a stage sees those that it declares.
    package let globalArguments: [String: String]
    /// Every use of an image from elsewhere, in the order of the file.
    package let images: [BaseImageUse]
    /// Those of the file, without what stages do that are not needed, and those about variables in `FROM`; more are
    /// known with the images: see ``warnings(knowing:)``.
    package let warnings: [DockerfileWarning]
    private let triggers: [Int: [Instruction]]
    private let names: StageNames

    /// Throws when a variable cannot be expanded, a base is empty, a platform is malformed, the target or a stage
    /// by number is not there, stages need each other or one that comes later, and, where the file asks for that,
    /// when there are warnings.
    package init(_ dockerfile: Dockerfile, _ request: Request) throws(DockerfileError) {
        try self.init(dockerfile, request, triggers: [:])
    }

    private init(
        _ dockerfile: Dockerfile, _ request: Request, triggers: [Int: [Instruction]]
    ) throws(DockerfileError) {
        let names = StageNames(dockerfile, request)
        var bases = try BaseReader(dockerfile, request)
        let all = try Self.planned(dockerfile.stages, on: &bases, triggers, names)
        let target = try names.target(request.target)
        let graph = try StageGraph(all, names)
        let needed =
            request.includesAllStages && request.target == nil
            ? Set(all.indices) : try graph.stages(neededBy: target)
        self.dockerfile = dockerfile
        self.request = request
        self.target = target
        self.triggers = triggers
        self.names = names
        stages = all.filter { needed.contains($0.stage.index) }
        globalArguments = bases.arguments
        images = try BaseImageUse.all(in: stages, target: target, names)
        warnings = Self.sorted(dockerfile.warnings(ofStages: needed) + bases.warnings)
        try refuseWarnings()
    }

    private static let mostTriggers = 50_000

    private static func planned(
        _ stages: [Stage], on bases: inout BaseReader, _ triggers: [Int: [Instruction]], _ names: StageNames
    ) throws(DockerfileError) -> [PlannedStage] {
        var all: [PlannedStage] = []
        var triggerCount = 0
        for stage in stages {
            var planned = PlannedStage(
                stage: stage, base: try bases.base(of: stage), platform: try bases.platform(of: stage))
            try planned.addInstructions(triggers[stage.index] ?? [], names)
            triggerCount += planned.triggerCount
            // Each of many stages can have all of many triggers: that is the file's length squared.
            guard triggerCount <= mostTriggers else {
                throw stage.base.error(
                    "the stages up to here inherit more than \(mostTriggers) triggers of `ONBUILD`")
            }
            all.append(planned)
        }
        return all
    }

    /// By their places; those of one place stay in their order.
    static func sorted(_ warnings: [DockerfileWarning]) -> [DockerfileWarning] {
        warnings.enumerated()
            .sorted { ($0.element.range.start, $0.offset) < ($1.element.range.start, $1.offset) }
            .map(\.element)
    }

    private func refuseWarnings() throws(DockerfileError) {
        guard dockerfile.directives.check.warningsAreErrors, let first = warnings.first else { return }
        throw DockerfileError(
            first.range, first.message,
            hint: "the file makes warnings errors; `# check=skip=\(first.rule.rawValue)` allows this one")
    }

    /// The plan with the triggers that turned out to be in the configuration of the image under a stage.
    ///
    /// - Parameters:
    ///   - triggers: `OnBuild` of the image.
    ///   - index: the stage's place in the file.
    ///   - image: what errors call the image.
    package func adding(
        triggers texts: [String], of image: String, to index: Int
    ) throws(DockerfileError) -> BuildPlan {
        var added: [Instruction] = []
        for (number, text) in texts.enumerated() {
            let trigger = try Instruction(parsing: text, file: "\(image) ONBUILD \(number + 1)")
            if [.onbuild, .maintainer].contains(trigger.keyword) {
                throw trigger.error("`\(trigger.keyword.rawValue)` cannot be a trigger of `ONBUILD`")
            }
            added.append(trigger)
        }
        var triggers = triggers
        triggers[index] = added
        return try BuildPlan(dockerfile, request, triggers: triggers)
    }

    /// Where `COPY --from` takes its files; `nil` is the build context.
    package func origin(of copy: CopyInstruction) throws(DockerfileError) -> Origin? {
        guard let from = copy.from else { return nil }
        return try names.origin(ofCopy: from)
    }

    /// Where a mount's `from` takes its files: a stage by name, or an image.
    package func origin(ofMount from: String) -> Origin { names.origin(ofMount: from) }

    /// Replaces variables with the file's escape character.
    package func expander(_ variables: [String: String]) -> WordExpander {
        WordExpander(escape: dockerfile.directives.escape, variables: variables)
    }
}

extension Dockerfile {
    /// The warnings without those about what other stages do.
    fileprivate func warnings(ofStages needed: Set<Int>) -> [DockerfileWarning] {
        var stage = -1
        // Both are in the order of the file.
        return warnings.filter { warning in
            while stage + 1 < stages.count, stages[stage + 1].range.start <= warning.range.start {
                stage += 1
            }
            return stage < 0 || needed.contains(stage) || !warning.rule.isOfExecution
        }
    }
}

extension BuildPlan.PlannedStage {
    /// Puts the triggers of what it stands on before its own instructions.
    fileprivate mutating func addInstructions(
        _ triggers: [Instruction], _ names: StageNames
    ) throws(DockerfileError) {
        guard !isReplaced else { return }
        let inherited = try names.triggers(of: base) + triggers
        instructions = inherited + stage.instructions
        triggerCount = inherited.count
    }
}
