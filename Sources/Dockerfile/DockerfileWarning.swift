/// Something legal that is probably not meant.
package struct DockerfileWarning: Hashable, Sendable, CustomStringConvertible {
    /// The names are BuildKit's where it has the rule, so that `# check=skip=NAME` works for both.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        case consistentInstructionCasing = "ConsistentInstructionCasing"
        case duplicateStageName = "DuplicateStageName"
        case exposeInvalidFormat = "ExposeInvalidFormat"
        case exposeProtocolCasing = "ExposeProtoCasing"
        case fromAsCasing = "FromAsCasing"
        case invalidTrigger = "InvalidTrigger"
        case invalidUTF8 = "InvalidUTF8"
        case jsonArgumentsRecommended = "JSONArgsRecommended"
        case legacyKeyValueFormat = "LegacyKeyValueFormat"
        case maintainerDeprecated = "MaintainerDeprecated"
        case multipleInstructionsDisallowed = "MultipleInstructionsDisallowed"
        case noEmptyContinuation = "NoEmptyContinuation"
        case reservedStageName = "ReservedStageName"
        case secretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv"
        case stageNameCasing = "StageNameCasing"
        case undefinedArgInFrom = "UndefinedArgInFrom"
        case workdirRelativePath = "WorkdirRelativePath"
    }

    package var rule: Rule
    package var range: SourceRange
    package var message: String

    /// `FILE:LINE:COLUMN: message (RULE)`.
    package var description: String { "\(range): \(message) (\(rule.rawValue))" }
}
