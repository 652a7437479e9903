/// A Dockerfile, parsed: https://docs.docker.com/reference/dockerfile/.
package struct Dockerfile: Sendable {
    package let source: SourceText
    package let directives: ParserDirectives
    /// The `ARG` instructions before the first `FROM`.
    package let globalArguments: [Instruction]
    /// Never empty.
    package let stages: [Stage]
    /// What is legal, and probably not meant; in the order of the file, without what the file asks to skip.
    package let warnings: [DockerfileWarning]

    /// Reads a Dockerfile by BuildKit's rules.
    ///
    /// - Parameters:
    ///   - file: the name that errors show.
    ///   - check: what is asked of the warnings, in place of what the file's own `# check=` asks; BuildKit takes it from
    ///     the build argument `BUILDKIT_DOCKERFILE_CHECK`.
    /// - Throws: the first mistake, with its place.
    package init(
        parsing bytes: [UInt8], file: String = "Dockerfile", check: CheckOptions? = nil
    ) throws(DockerfileError) {
        try self.init(SourceText(bytes, file: file), check: check)
    }

    package init(parsing text: String, file: String = "Dockerfile") throws(DockerfileError) {
        try self.init(SourceText(text, file: file))
    }

    package init(_ source: SourceText, check: CheckOptions? = nil) throws(DockerfileError) {
        self.source = source
        var reader = LineReader(source)
        var globalArguments: [Instruction] = []
        var stages: [Stage] = []
        var linter = Linter(source)
        var isEmpty = true
        while let statement = try reader.statement() {
            isEmpty = false
            linter.begin(statement, check ?? reader.directives.check)
            if statement.keyword == .from {
                stages.append(try Stage(statement, index: stages.count))
                linter.check(stages)
                continue
            }
            let instruction = try Instruction(statement)
            if let last = stages.indices.last {
                stages[last].instructions.append(instruction)
            } else {
                try Self.checkPlaceBeforeStages(statement)
                globalArguments.append(instruction)
            }
            linter.check(instruction)
        }
        guard !stages.isEmpty else { throw Self.noStage(source, isEmpty: isEmpty) }
        var directives = reader.directives
        if let check { directives.check = check }
        self.directives = directives
        self.globalArguments = globalArguments
        self.stages = stages
        warnings = linter.finish(stages)
    }

    private static func checkPlaceBeforeStages(_ statement: Statement) throws(DockerfileError) {
        guard statement.keyword != .arg else { return }
        throw statement.name.error(
            "`\(statement.keyword.rawValue)` stands before the first `FROM`, where only `ARG` can",
            hint: "start the file with `FROM IMAGE`")
    }

    private static func noStage(_ source: SourceText, isEmpty: Bool) -> DockerfileError {
        let end = source.range(ofLine: max(1, isEmpty ? 1 : source.lines.count))
        let message =
            if source.lines.isEmpty { "the file is empty" } else if isEmpty {
                "the file has no instructions"
            } else { "the file has no `FROM`" }
        return DockerfileError(end, message, hint: "start it with `FROM IMAGE`")
    }
}

extension Instruction {
    /// Reads one instruction, as from the `OnBuild` of an image's configuration; it escapes with a backslash.
    ///
    /// - Parameter file: the name that errors show in place of a file's.
    /// - Throws: also when the text is no single instruction, or is a `FROM`.
    package init(parsing text: String, file: String) throws(DockerfileError) {
        let source = SourceText(text, file: file)
        var reader = LineReader(source, hasDirectives: false)
        guard let statement = try reader.statement() else {
            throw DockerfileError(source.range(ofLine: 1), "there is no instruction")
        }
        try self.init(statement)
        if let next = try reader.line() {
            throw next.all.error("a trigger should be one instruction, and here is a second")
        }
    }
}
