import BuildHost
import Builder
import Glibc

/// `--secret id=ID[,src=FILE|env=NAME][,type=file|env]`.
enum SecretOption {
    private static let names = ["id", "src", "source", "env", "type"]

    /// Throws ``CommandError`` or ``BuildOptionError`` where it makes no sense, or what it names is not there.
    static func parse(_ text: String, _ surroundings: Surroundings) throws -> (String, Secret) {
        let option = try OptionFields(text, of: "the secret")
        var fields: [String: String] = [:]
        for (name, value) in try option.pairs() {
            guard names.contains(name) else {
                throw BuildOptionError(
                    "the secret", text, "it has no option `\(name)`",
                    hint: "write `id=ID,src=FILE` or `id=ID,env=NAME`")
            }
            fields[name == "source" ? "src" : name] = value
        }
        if let type = fields["type"], type != "file", type != "env" {
            throw BuildOptionError("the secret", text, "its `type` is `file` or `env`")
        }
        guard let id = fields["id"] ?? fields["src"]?.split(separator: "/").last.map(String.init), !id.isEmpty
        else { throw BuildOptionError("the secret", text, "it has no `id`", hint: "write `id=ID,src=FILE`") }
        return (id, try secret(id, fields, surroundings))
    }

    private static func secret(
        _ id: String, _ fields: [String: String], _ surroundings: Surroundings
    ) throws(CommandError) -> Secret {
        if let path = fields["src"], fields["type"] != "env" { return try file(path, id, surroundings) }
        let name = fields["env"] ?? fields["src"] ?? id
        if let value = surroundings.environment[name], fields["type"] != "file" {
            return .value(Array(value.utf8))
        }
        guard fields["env"] == nil, fields["type"] != "env" else {
            throw CommandError("the environment has no `\(name)` for the secret `\(id)`", status: .usage)
        }
        return try file(id, id, surroundings)
    }

    /// A file is read when an instruction asks for it, but that it is there is known before.
    private static func file(
        _ path: String, _ id: String, _ surroundings: Surroundings
    ) throws(CommandError) -> Secret {
        let file = surroundings.absolute(path)
        guard access(file, R_OK) == 0 else {
            throw CommandError(
                "could not read `\(path)` for the secret `\(id)`: \(String(cString: strerror(errno)))",
                status: .notFound)
        }
        return .file(file)
    }
}
