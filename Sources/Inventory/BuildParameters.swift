package import OCI

/// What somebody asked of a build: the external parameters of its provenance.
package struct BuildParameters: Hashable, Sendable {
    /// Where the build context came from.
    package struct Source: Hashable, Sendable {
        /// A Git URL, or a path; user names and tokens in it are left out of the document.
        package var location: String
        /// The commit's object id in hexadecimal.
        package var commit: String?
        /// The branch or tag that was asked for.
        package var reference: String?
        /// The folder in the repository.
        package var folder: String?

        package init(location: String, commit: String? = nil) {
            self.location = location
            self.commit = commit
        }
    }

    /// The Dockerfile's path in the context.
    package var dockerfile: String
    package var target: String?
    package var buildArguments: [String: String] = [:]
    /// The names of arguments that the document must not tell, with whatever else holds their values.
    package var secretArguments: Set<String> = []
    package var labels: [String: String] = [:]
    package var platform: Platform?
    package var source: Source?

    package init(dockerfile: String) { self.dockerfile = dockerfile }

    var json: JSONValue {
        var members: [String: JSONValue] = ["dockerfile": .string(dockerfile)]
        if let target { members["target"] = .string(target) }
        if let platform { members["platform"] = .string(platform.description) }
        set("buildArgs", publicArguments, in: &members)
        set("labels", labels.filter { !isSecret($0.key) && !isSecret($0.value) }, in: &members)
        if let source { members["source"] = source.json(hiding: secretValues) }
        return .object(members)
    }

    /// The values that the document must not have; longest first, so that none leaves a piece of another.
    var secretValues: [String] {
        let values = Set(secretArguments.compactMap { buildArguments[$0] }).filter { !$0.isEmpty }
        return values.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// Proxies are the machine's, not the build's, and often have passwords.
    private static let proxies: Set<String> = [
        "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
    ]

    private var publicArguments: [String: String] {
        buildArguments.filter { name, value in
            !secretArguments.contains(name) && !Self.proxies.contains(name.uppercased()) && !isSecret(value)
                && !isSecret(name)
        }
    }

    private func isSecret(_ text: String) -> Bool { secretValues.contains { text.contains($0) } }

    private func set(_ key: String, _ values: [String: String], in members: inout [String: JSONValue]) {
        if !values.isEmpty { members[key] = .object(values.mapValues(JSONValue.string)) }
    }
}

extension BuildParameters.Source {
    func json(hiding secrets: [String]) -> JSONValue {
        var members: [String: JSONValue] = ["uri": .string(SourceURI.git(location).hiding(secrets))]
        if let commit { members["commit"] = .string(commit) }
        if let reference { members["ref"] = .string(reference.hiding(secrets)) }
        if let folder { members["folder"] = .string(folder.hiding(secrets)) }
        return .object(members)
    }
}

extension String {
    /// With each of these texts blacked out.
    func hiding(_ secrets: [String]) -> String {
        var text = self
        for secret in secrets where text.contains(secret) {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        return text
    }
}
