/// The variables of a stage while its instructions are executed: `ENV` of the base, then what `ARG` and `ENV` set.
///
/// The last that sets a name wins. A stage that stands on another starts with that stage's variables.
package struct StageVariables: Equatable, Sendable {
    /// What a `RUN` instruction finds in its environment, and words are expanded with.
    package private(set) var values: [String: String] = [:]
    /// When each name was last set by `ARG`, as a running number.
    private var declarations: [String: Int] = [:]
    private var declarationCount = 0
    private var budget = ExpansionBudget()

    /// - Parameter environment: `NAME=VALUE`, as in the base image's configuration.
    package init(environment: [String] = []) {
        for entry in environment {
            let (name, value) = entry.splitAtEquals
            values[name] = value ?? ""
        }
    }

    /// The names that `ARG` set, in order, for those who need to know which of the values are no `ENV`.
    package var argumentNames: [String] { declarations.sorted { $0.value < $1.value }.map(\.key) }

    /// The instruction with its variables replaced by these; see ``Instruction/expanded(by:)``.
    ///
    /// Throws, too, when the values put into a stage's instructions are far too long together: what hostile files do.
    package mutating func expanded(
        _ instruction: Instruction, in plan: BuildPlan
    ) throws(DockerfileError) -> Instruction {
        try instruction.expanded(by: plan.expander(values), within: &budget)
    }

    /// Sets what an expanded `ENV` sets.
    package mutating func set(_ environment: Assignments) {
        for pair in environment.pairs {
            values[pair.name.text] = pair.value.text
            declarations[pair.name.text] = nil
        }
    }

    /// Declares the names of an `ARG`, which is not expanded yet.
    ///
    /// A build argument wins over the default; without either, the value before the first `FROM` counts.
    package mutating func declare(
        _ argument: ArgInstruction, in plan: BuildPlan
    ) throws(DockerfileError) {
        for declaration in argument.declarations {
            let name = declaration.name.text
            var value = plan.request.arguments[name]
            if value == nil, let word = declaration.defaultValue {
                value = try plan.expander(values).expand(word, within: &budget).text
            }
            guard let value = value ?? plan.globalArguments[name] else { continue }
            values[name] = value
            declarationCount += 1
            declarations[name] = declarationCount
        }
    }
}
