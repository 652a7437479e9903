package import OCI

/// How an image came to be, for who has to trust it: an in-toto statement with a SLSA provenance, version 1.
///
/// Equal values give equal bytes. Build arguments that are secret are in it neither by name nor by value.
package struct Provenance: Hashable, Sendable {
    package static let statementType = "https://in-toto.io/Statement/v1"
    package static let predicateType = "https://slsa.dev/provenance/v1"
    package static let mediaType = MediaType("application/vnd.in-toto+json")
    /// What the parameters mean.
    package static let buildType = SlipwayURL.base + "/buildtypes/dockerfile/v1"

    /// What was made.
    package struct Subject: Hashable, Sendable {
        /// `registry.example.com/app:1.2`, or whatever the build calls it.
        package var name: String
        package var digest: Digest

        package init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }
    }

    /// Who ran the build, and when.
    package struct Run: Hashable, Sendable {
        /// A URI of the builder: who signs for it decides what it is.
        package var builder: String
        /// This program's version.
        package var toolVersion: String
        /// The run's name; two builds of the same have the same bytes only without it.
        package var invocation: String?
        /// In seconds since 1970-01-01 00:00:00 UTC; likewise.
        package var started: Int64?
        package var finished: Int64?

        package init(toolVersion: String, builder: String = SlipwayURL.base + "/builder") {
            self.toolVersion = toolVersion
            self.builder = builder
        }
    }

    package var subjects: [Subject]
    package var parameters: BuildParameters
    /// What the builder chose itself, by name: the compression, the epoch, …
    package var internalParameters: [String: JSONValue] = [:]
    /// What went into the build beside its parameters; the source's commit is added by itself.
    package var materials: [Material] = []
    package var run: Run

    package init(subjects: [Subject], parameters: BuildParameters, run: Run) {
        self.subjects = subjects
        self.parameters = parameters
        self.run = run
    }

    package var json: JSONValue {
        var definition: [String: JSONValue] = [
            "buildType": .string(Self.buildType), "externalParameters": parameters.json,
            "resolvedDependencies": .array(dependencies),
        ]
        if !internalParameters.isEmpty { definition["internalParameters"] = .object(internalParameters) }
        return [
            "_type": .string(Self.statementType), "predicateType": .string(Self.predicateType),
            "subject": .array(subjects.sorted { $0.name < $1.name }.map(Self.json)),
            "predicate": ["buildDefinition": .object(definition), "runDetails": run.json],
        ]
    }

    /// Each once, in the order of their addresses.
    private var dependencies: [JSONValue] {
        let source = parameters.source.flatMap(Material.init)
        let all = Set((source.map { [$0] } ?? []) + materials)
        let secrets = parameters.secretValues
        return all.map { $0.hiding(secrets) }.sorted { $0.order < $1.order }.map(\.json)
    }

    private static func json(_ subject: Subject) -> JSONValue {
        [
            "name": .string(subject.name),
            "digest": [subject.digest.algorithm.rawValue: .string(subject.digest.hex)],
        ]
    }
}

extension Provenance.Run {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "builder": ["id": .string(builder), "version": ["slipway": .string(toolVersion)]]
        ]
        var metadata: [String: JSONValue] = [:]
        if let invocation { metadata["invocationId"] = .string(invocation) }
        if let started { metadata["startedOn"] = .string(Epoch.text(started)) }
        if let finished { metadata["finishedOn"] = .string(Epoch.text(finished)) }
        if !metadata.isEmpty { members["metadata"] = .object(metadata) }
        return .object(members)
    }
}
