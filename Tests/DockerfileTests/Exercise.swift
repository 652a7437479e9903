import Dockerfile
import Testing

/// Parses, plans, expands, checks and shows a file, as all of Slipway together would.
///
/// Expects of each mistake and warning that its place is in the file, and that it is short enough to read.
@discardableResult
func exercise(_ bytes: [UInt8]) -> DockerfileError? {
    do throws(DockerfileError) {
        let file = try Dockerfile(parsing: bytes)
        var request = BuildPlan.Request()
        request.platformArguments = ["TARGETPLATFORM": "linux/amd64", "BUILDPLATFORM": "linux/amd64"]
        let plan = try BuildPlan(file, request)
        for stage in plan.stages { try execute(stage, plan) }
        var surroundings = BuildPlan.Surroundings()
        for stage in plan.stages {
            surroundings.bases[stage.stage.index] = BuildPlan.KnownBase(
                environment: ["PATH=/bin", "a=b/c"], platform: "linux/amd64", wantedPlatform: "linux/amd64")
        }
        for warning in try plan.warnings(knowing: surroundings) {
            expectReadable(warning.range, warning.description)
        }
        return nil
    } catch {
        expectReadable(error.range, error.description)
        return error
    }
}

private func execute(_ stage: BuildPlan.PlannedStage, _ plan: BuildPlan) throws(DockerfileError) {
    var variables = StageVariables(environment: ["PATH=/bin", "a=b/c", "V=1"])
    for instruction in stage.instructions {
        if case .arg(let argument) = instruction.action {
            try variables.declare(argument, in: plan)
            continue
        }
        switch try variables.expanded(instruction, in: plan).action {
        case .env(let assignments): variables.set(assignments)
        case .run(let run):
            for mount in run.mounts { _ = try RunMount(mount, plan.expander(variables.values)) }
        default: break
        }
    }
}

private func expectReadable(_ range: SourceRange, _ message: String) {
    let line = range.source.line(range.start.line).unicodeScalars.count
    let isInside =
        range.start.line >= 1 && range.start.column >= 1 && range.start.column <= line + 1
        && range.start <= range.end
    if !isInside { Issue.record("\(range) is no place in the file: \(message.prefix(200))") }
    if !message.contains(":\(range.start): ") || message.utf8.count > 2_000
        || range.excerpt.utf8.count > 10_000
    {
        Issue.record("nobody can read this at \(range): \(message.prefix(200))")
    }
}
