import Blobs
package import Dockerfile
import OCI

extension ImageBuilder {
    /// What is legal in a Dockerfile but likely wrong, in all its stages, without building or fetching anything.
    ///
    /// Of a stage whose base is an image no variable is said to be undefined: the image may set it.
    ///
    /// Throws ``DockerfileError`` at what is wrong, and ``BuildError`` where there is no Dockerfile.
    package func check(_ options: BuildOptions, _ input: Input) async throws -> [DockerfileWarning] {
        let prepared = try await blocking { _ in
            try PreparedBuild(options, input, includesAllStages: options.target == nil)
        }
        var surroundings = BuildPlan.Surroundings()
        surroundings.ignored = prepared.ignored
        return try prepared.plan.warnings(knowing: surroundings)
    }

    /// The warnings of a plan whose images are known.
    ///
    /// Throws ``DockerfileError`` at the first one where the file makes warnings errors.
    func warnings(
        of plan: BuildPlan, _ prepared: PreparedBuild, _ images: [BaseResolver.Key: BaseImage],
        for platform: Platform
    ) throws -> [DockerfileWarning] {
        var surroundings = BuildPlan.Surroundings()
        surroundings.ignored = prepared.ignored
        for planned in plan.stages {
            guard case .image(let reference) = planned.base,
                let image = images[.init(reference: reference, platform: planned.platform)]
            else { continue }
            surroundings.bases[planned.stage.index] = BuildPlan.KnownBase(
                environment: image.config.execution.environment ?? [],
                platform: image.config.platform.description,
                wantedPlatform: planned.platform ?? platform.description)
        }
        let warnings = try plan.warnings(knowing: surroundings)
        if plan.dockerfile.directives.check.warningsAreErrors, let first = warnings.first {
            throw DockerfileError(
                first.range, first.message,
                hint: "the file makes warnings errors; `# check=skip=\(first.rule.rawValue)` allows this one")
        }
        return warnings
    }
}
