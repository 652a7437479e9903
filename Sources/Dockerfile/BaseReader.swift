import OCI
import Spelling

/// Replaces the variables of `FROM` instructions.
struct BaseReader {
    /// What the platform and `ARG` before the first `FROM` set.
    let arguments: [String: String]
    private(set) var warnings: [DockerfileWarning] = []
    private let expander: WordExpander
    /// The same without the request's arguments; `nil` where there is no such expansion.
    private let defaults: WordExpander?
    /// The names that `ARG` declares before the first `FROM`, with a value or without.
    private let declared: Set<String>
    private let check: CheckOptions
    private let contexts: Set<String>
    private var budget = ExpansionBudget()
    /// The stages before the one that is read.
    private var earlier: [String: Int] = [:]

    init(_ dockerfile: Dockerfile, _ request: BuildPlan.Request) throws(DockerfileError) {
        let escape = dockerfile.directives.escape
        arguments = try Self.arguments(dockerfile, request, request.arguments, &budget)
        expander = WordExpander(escape: escape, variables: arguments)
        // What only a build argument can save is for the stages that use it to say.
        defaults = (try? Self.arguments(dockerfile, request, [:], &budget))
            .map { WordExpander(escape: escape, variables: $0) }
        declared = Set(
            dockerfile.globalArguments.flatMap { instruction in
                guard case .arg(let argument) = instruction.action else { return [String]() }
                return argument.declarations.map(\.name.text)
            })
        check = dockerfile.directives.check
        contexts = Set(request.contexts.map { $0.lowercased() })
    }

    /// - Parameter given: what has no default but this.
    private static func arguments(
        _ dockerfile: Dockerfile, _ request: BuildPlan.Request, _ given: [String: String],
        _ budget: inout ExpansionBudget
    ) throws(DockerfileError) -> [String: String] {
        var expander = WordExpander(
            escape: dockerfile.directives.escape, variables: request.platformArguments)
        for (name, value) in expander.variables {
            expander.variables[name] = request.arguments[name] ?? value
        }
        expander.variables["TARGETSTAGE"] =
            request.arguments["TARGETSTAGE"] ?? request.target ?? dockerfile.stages.last?.name ?? "default"
        for case .arg(let argument) in dockerfile.globalArguments.map(\.action) {
            for declaration in argument.declarations {
                let name = declaration.name.text
                if let value = given[name] {
                    expander.variables[name] = value
                } else if let word = declaration.defaultValue {
                    expander.variables[name] = try expander.expand(word, within: &budget).text
                }
            }
        }
        return expander.variables
    }

    mutating func base(of stage: Stage) throws(DockerfileError) -> BuildPlan.Origin {
        let expansion = try expander.expand(stage.base, within: &budget)
        warn(of: expansion, stage.base, stage)
        warn(ofDefaultIn: stage)
        guard !expansion.text.isEmpty else {
            throw stage.base.error(
                "the image of `FROM \(stage.base.text.excerpt)` is empty when its variables are replaced",
                hint: hint(expansion))
        }
        defer { if let name = stage.name { earlier[name] = stage.index } }
        if let name = stage.name, contexts.contains(name) { return .context(name) }
        // Unlike `COPY --from`, `FROM` minds the letter case of a stage's name.
        if let index = earlier[expansion.text] { return .stage(index) }
        if expansion.text == "scratch" { return .scratch }
        if contexts.contains(expansion.text.lowercased()) { return .context(expansion.text) }
        return .image(expansion.text)
    }

    mutating func platform(of stage: Stage) throws(DockerfileError) -> String? {
        guard let word = stage.platform else { return nil }
        let expansion = try expander.expand(word, within: &budget)
        warn(of: expansion, word, stage)
        warn(ofPlatform: expansion, word, stage)
        guard Self.isPlatform(expansion.text) else {
            throw word.error(
                "the platform `\(word.text.excerpt)` is `\(expansion.text.excerpt)`: expected `OS/ARCHITECTURE[/VARIANT]`",
                hint: hint(expansion))
        }
        return expansion.text
    }

    private static let systems: Set<Substring> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "macos",
        "netbsd",
        "openbsd", "plan9", "solaris", "wasi", "wasip1", "windows", "zos",
    ]

    private static let architectures: Set<Substring> = [
        "386", "aarch64", "amd64", "arm", "arm64", "armel", "armhf", "i386", "loong64", "mips", "mips64",
        "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm", "x86-64", "x86_64",
    ]

    /// One part is a system or an architecture; two and three say both.
    private static func isPlatform(_ text: String) -> Bool {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        let isForm = parts.enumerated().allSatisfy { index, part in
            var part = part
            // The version of a system may follow it in parentheses.
            if index == 0, part.last == ")", let open = part.firstIndex(of: "(") { part = part[..<open] }
            return !part.isEmpty
                && part.unicodeScalars.allSatisfy { $0.isASCII && ($0.isNamePart || $0 == "-" || $0 == ".") }
        }
        guard isForm, (1...3).contains(parts.count) else { return false }
        return parts.count > 1 || systems.contains(parts[0]) || architectures.contains(parts[0])
    }

    /// What to say of an expansion that came to nothing useful.
    private func hint(_ expansion: Expansion) -> String? {
        guard let name = expansion.unmatched.min() else { return nil }
        if let near = Spelling.nearest(to: name, among: arguments.keys) { return "did you mean `\(near)`?" }
        let shown = name.excerpt
        return
            "give it a value with `--build-arg \(shown)=…`, and declare it before the first `FROM`: `ARG \(shown)`"
    }

    // MARK: Warnings

    private mutating func warn(
        _ rule: DockerfileWarning.Rule, _ word: Word, _ stage: Stage, _ message: String
    ) {
        guard check.allow(rule, stage.check) else { return }
        warnings.append(DockerfileWarning(rule: rule, range: word.range, message: message))
    }

    private mutating func warn(of expansion: Expansion, _ word: Word, _ stage: Stage) {
        for name in expansion.unmatched.subtracting(declared).sorted() {
            warn(
                .undefinedArgInFrom, word, stage,
                "no `ARG` before the first `FROM` sets `\(name.excerpt)`")
        }
    }

    private mutating func warn(ofDefaultIn stage: Stage) {
        guard let defaults, stage.base.text.contains("$") else { return }
        // A word that only the request's arguments make whole is none without them.
        let text = (try? defaults.expand(stage.base, within: &budget))?.text
        if let text, (try? ImageReference(text)) != nil { return }
        warn(
            .invalidDefaultArgInFrom, stage.base, stage,
            "`FROM \(stage.base.text.excerpt)` names no valid image when no build argument is given")
    }

    private mutating func warn(ofPlatform expansion: Expansion, _ word: Word, _ stage: Stage) {
        if expansion.matched == ["TARGETPLATFORM"], expansion.unmatched.isEmpty,
            expansion.text == arguments["TARGETPLATFORM"]
        {
            warn(
                .redundantTargetPlatform, word, stage,
                "`--platform=\(word.text.excerpt)` says what `FROM` does anyway")
        }
        guard expansion.matched.isEmpty, expansion.unmatched.isEmpty,
            let platform = Platform(expansion.text), !platform.isNamed(in: stage.name ?? "")
        else { return }
        warn(
            .fromPlatformFlagConstDisallowed, word, stage,
            "`--platform=\(word.text.excerpt)` is the same for every platform that is built for")
    }
}

extension Platform {
    /// Whether a stage's name tells that it is for one system or architecture.
    fileprivate func isNamed(in stage: String) -> Bool { stage.contains(os) || stage.contains(architecture) }
}
