/// Something legal that is probably not meant.
package struct DockerfileWarning: Hashable, Sendable, CustomStringConvertible {
    /// The names are BuildKit's where it has the rule, so that `# check=skip=NAME` works for both.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        case consistentInstructionCasing = "ConsistentInstructionCasing"
        case copyIgnoredFile = "CopyIgnoredFile"
        case duplicateStageName = "DuplicateStageName"
        case exposeInvalidFormat = "ExposeInvalidFormat"
        case exposeProtocolCasing = "ExposeProtoCasing"
        case fromAsCasing = "FromAsCasing"
        case fromPlatformFlagConstDisallowed = "FromPlatformFlagConstDisallowed"
        case invalidBaseImagePlatform = "InvalidBaseImagePlatform"
        case invalidDefaultArgInFrom = "InvalidDefaultArgInFrom"
        case invalidDefinitionDescription = "InvalidDefinitionDescription"
        case invalidTrigger = "InvalidTrigger"
        case invalidUTF8 = "InvalidUTF8"
        case jsonArgumentsRecommended = "JSONArgsRecommended"
        case legacyKeyValueFormat = "LegacyKeyValueFormat"
        case maintainerDeprecated = "MaintainerDeprecated"
        case multipleInstructionsDisallowed = "MultipleInstructionsDisallowed"
        case noEmptyContinuation = "NoEmptyContinuation"
        case redundantTargetPlatform = "RedundantTargetPlatform"
        case reservedStageName = "ReservedStageName"
        case secretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv"
        case stageNameCasing = "StageNameCasing"
        case undefinedArgInFrom = "UndefinedArgInFrom"
        case undefinedVariable = "UndefinedVar"
        case workdirRelativePath = "WorkdirRelativePath"

        /// Whether it warns only where `# check=experimental=…` asks for it.
        package var isExperimental: Bool { self == .invalidDefinitionDescription }

        /// Whether it is about what an instruction does, and so concerns only stages that are built.
        var isOfExecution: Bool {
            switch self {
            case .copyIgnoredFile, .exposeInvalidFormat, .exposeProtocolCasing, .invalidBaseImagePlatform,
                .jsonArgumentsRecommended, .legacyKeyValueFormat, .multipleInstructionsDisallowed,
                .secretsUsedInArgOrEnv, .undefinedVariable, .workdirRelativePath:
                true
            case .consistentInstructionCasing, .duplicateStageName, .fromAsCasing,
                .fromPlatformFlagConstDisallowed, .invalidDefaultArgInFrom, .invalidDefinitionDescription,
                .invalidTrigger, .invalidUTF8, .maintainerDeprecated, .noEmptyContinuation,
                .redundantTargetPlatform, .reservedStageName, .stageNameCasing, .undefinedArgInFrom:
                false
            }
        }
    }

    package var rule: Rule
    package var range: SourceRange
    package var message: String

    /// `FILE:LINE:COLUMN: message (RULE)`.
    package var description: String { "\(range): \(message) (\(rule.rawValue))" }
}
