import Spelling

/// Replaces the variables of `FROM` instructions.
struct BaseReader {
    /// What the platform and `ARG` before the first `FROM` set.
    private(set) var arguments: [String: String]
    private(set) var warnings: [DockerfileWarning] = []
    private let expander: WordExpander
    private let check: CheckOptions
    private let contexts: Set<String>
    /// The stages before the one that is read.
    private var earlier: [String: Int] = [:]

    init(_ dockerfile: Dockerfile, _ request: BuildPlan.Request) throws(DockerfileError) {
        var arguments = request.platformArguments
        for name in arguments.keys { arguments[name] = request.arguments[name] ?? arguments[name] }
        arguments["TARGETSTAGE"] =
            request.arguments["TARGETSTAGE"] ?? request.target ?? dockerfile.stages.last?.name ?? "default"
        var expander = WordExpander(escape: dockerfile.directives.escape)
        for case .arg(let argument) in dockerfile.globalArguments.map(\.action) {
            for declaration in argument.declarations {
                let name = declaration.name.text
                if let value = request.arguments[name] {
                    arguments[name] = value
                } else if let word = declaration.defaultValue {
                    expander.variables = arguments
                    arguments[name] = try expander.expand(word).text
                }
            }
        }
        expander.variables = arguments
        self.arguments = arguments
        self.expander = expander
        check = dockerfile.directives.check
        contexts = Set(request.contexts.map { $0.lowercased() })
    }

    mutating func base(of stage: Stage) throws(DockerfileError) -> BuildPlan.Origin {
        let expansion = try expander.expand(stage.base)
        warn(expansion, stage.base)
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
        let expansion = try expander.expand(word)
        warn(expansion, word)
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
        return
            "give it a value with `--build-arg \(name)=…`, and declare it before the first `FROM`: `ARG \(name)`"
    }

    private mutating func warn(_ expansion: Expansion, _ word: Word) {
        let rule = DockerfileWarning.Rule.undefinedArgInFrom
        guard !check.skipsAll, !check.skipped.contains(rule.rawValue) else { return }
        for name in expansion.unmatched.sorted() {
            warnings.append(
                DockerfileWarning(
                    rule: rule, range: word.range, message: "no `ARG` before the first `FROM` sets `\(name)`")
            )
        }
    }
}
