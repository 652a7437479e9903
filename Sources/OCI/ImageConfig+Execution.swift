extension ImageConfig {
    /// The `config` object: how a container of the image runs.
    package struct Execution: Hashable, Sendable {
        package var user: String?
        /// `PORT/PROTOCOL`, sorted when written.
        package var exposedPorts: [String]?
        /// `NAME=VALUE`, in order.
        package var environment: [String]?
        package var entrypoint: [String]?
        package var command: [String]?
        package var volumes: [String]?
        package var workingDirectory: String?
        package var labels: [String: String]?
        package var stopSignal: String?
        package var healthcheck: Healthcheck?
        package var shell: [String]?
        package var onBuild: [String]?
        package var otherFields: [String: JSONValue] = [:]

        package init() {}

        init(_ json: JSONValue, path: String) throws(DocumentError) {
            var reader = try JSONReader(json, path: path)
            user = try reader.string("User")
            exposedPorts = try reader.keys("ExposedPorts")
            environment = try reader.strings("Env")
            entrypoint = try reader.strings("Entrypoint")
            command = try reader.strings("Cmd")
            volumes = try reader.keys("Volumes")
            workingDirectory = try reader.string("WorkingDir")
            labels = try reader.stringMap("Labels")
            stopSignal = try reader.string("StopSignal")
            healthcheck = try reader.value("Healthcheck", Healthcheck.init(_:path:))
            shell = try reader.strings("Shell")
            onBuild = try reader.strings("OnBuild")
            otherFields = reader.rest
        }

        var json: JSONValue {
            var members = otherFields
            if let user, !user.isEmpty { members["User"] = .string(user) }
            members.set("ExposedPorts", keys: exposedPorts)
            members.set("Env", environment)
            members.set("Entrypoint", entrypoint)
            members.set("Cmd", command)
            members.set("Volumes", keys: volumes)
            if let workingDirectory, !workingDirectory.isEmpty {
                members["WorkingDir"] = .string(workingDirectory)
            }
            members.set("Labels", labels)
            members.set("StopSignal", stopSignal)
            if let healthcheck { members["Healthcheck"] = healthcheck.json }
            members.set("Shell", shell)
            if let onBuild, !onBuild.isEmpty { members.set("OnBuild", onBuild) }
            return .object(members)
        }
    }

    /// Docker's health check; times are in nanoseconds.
    package struct Healthcheck: Hashable, Sendable {
        /// `NONE`, or `CMD` and the words, or `CMD-SHELL` and one text.
        package var test: [String]?
        package var interval: Int64?
        package var timeout: Int64?
        package var startPeriod: Int64?
        package var startInterval: Int64?
        package var retries: Int64?
        package var otherFields: [String: JSONValue] = [:]

        package init(test: [String]) { self.test = test }

        init(_ json: JSONValue, path: String) throws(DocumentError) {
            var reader = try JSONReader(json, path: path)
            test = try reader.strings("Test")
            interval = try reader.integer("Interval")
            timeout = try reader.integer("Timeout")
            startPeriod = try reader.integer("StartPeriod")
            startInterval = try reader.integer("StartInterval")
            retries = try reader.integer("Retries")
            otherFields = reader.rest
        }

        var json: JSONValue {
            var members = otherFields
            members.set("Test", test)
            let times = [
                ("Interval", interval), ("Timeout", timeout), ("StartPeriod", startPeriod),
                ("StartInterval", startInterval), ("Retries", retries),
            ]
            for (key, value) in times where value != 0 { members.set(key, value) }
            return .object(members)
        }
    }
}
