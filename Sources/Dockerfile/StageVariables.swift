/// The variables of a stage while its instructions are executed: `ENV` of the base, then what `ARG` and `ENV` set.
///
/// The last that sets a name wins. A stage that stands on another starts with that stage's variables.
package struct StageVariables: Equatable, Sendable {
    /// What a `RUN` instruction finds in its environment, and words are expanded with.
    package private(set) var values: [String: String] = [:]
    /// The names that `ARG` set, in order, for those who need to know which of the values are no `ENV`.
    package private(set) var argumentNames: [String] = []

    /// - Parameter environment: `NAME=VALUE`, as in the base image's configuration.
    package init(environment: [String] = []) {
        for entry in environment {
            let (name, value) = entry.splitAtEquals
            values[name] = value ?? ""
        }
    }

    /// Sets what an expanded `ENV` sets.
    package mutating func set(_ environment: Assignments) {
        for pair in environment.pairs {
            values[pair.name.text] = pair.value.text
            argumentNames.removeAll { $0 == pair.name.text }
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
                value = try plan.expander(values).expand(word).text
            }
            guard let value = value ?? plan.globalArguments[name] else { continue }
            values[name] = value
            argumentNames.removeAll { $0 == name }
            argumentNames.append(name)
        }
    }
}
