/// An option of `docker build` or `docker buildx build`, as Docker's command line reads it.
struct DockerOption: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        /// `--name`, or `--name=true|false`.
        case flag
        /// `--name VALUE` or `--name=VALUE`; given once, an empty value is none.
        case value
        /// The same, for an option that may be given several times.
        case values
        /// `--name` as this program has it, or `--name=VALUE` as Docker has it.
        case document
    }

    let name: String
    let letter: Character?
    let form: Form

    static func named(_ name: String) -> DockerOption? { byName[name] }

    static func lettered(_ letter: Character) -> DockerOption? { byLetter[letter] }

    private init(_ name: String, _ letter: Character?, _ form: Form) {
        (self.name, self.letter, self.form) = (name, letter, form)
    }

    private static let letters: [String: Character] = [
        "cpu-shares": "c", "debug": "D", "file": "f", "memory": "m", "output": "o", "quiet": "q", "tag": "t",
    ]

    private static let names: [(Form, [String])] = [
        (
            .flag,
            [
                "check", "compress", "debug", "disable-content-trust", "force-rm", "load", "no-cache", "pull",
                "push", "quiet", "rm", "squash", "stream",
            ]
        ),
        (
            .value,
            [
                "builder", "call", "cgroup-parent", "cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus",
                "cpuset-mems", "file", "iidfile", "isolation", "memory", "memory-swap", "metadata-file",
                "network", "progress", "shm-size", "target",
            ]
        ),
        (
            .values,
            [
                "add-host", "allow", "annotation", "attest", "build-arg", "build-context", "cache-from",
                "cache-to", "label", "no-cache-filter", "output", "platform", "secret", "security-opt", "ssh",
                "tag", "ulimit",
            ]
        ),
        (.document, ["provenance", "sbom"]),
    ]

    private static let byName: [String: DockerOption] = {
        let options = names.flatMap { form, names in
            names.map { DockerOption($0, letters[$0], form) }
        }
        return Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0) })
    }()

    private static let byLetter = Dictionary(
        uniqueKeysWithValues: byName.values.compactMap { option in option.letter.map { ($0, option) } })
}
