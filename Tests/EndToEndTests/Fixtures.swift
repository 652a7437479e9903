import ControlAPI
import Foundation
import TestSupport
import Testing

extension SlipwayDaemon {
    /// Makes a root file system out of Debian's static busybox, with a file that says its version.
    func rootFileSystem(version: Int) throws -> String {
        let outcome = try Shell.run(
            """
            set -e
            mkdir -p rootfs/bin rootfs/etc && cp "$(command -v busybox)" rootfs/bin/busybox
            ln -sf busybox rootfs/bin/sh && ln -sf busybox rootfs/bin/cat
            echo 'version \(version)' > rootfs/etc/base-version
            tar -C rootfs --owner=0 --group=0 --sort=name -cf rootfs-\(version).tar .
            """, in: directory.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return directory.path("rootfs-\(version).tar")
    }

    /// Puts a base image with busybox into the embedded registry.
    @discardableResult
    func importBase(version: Int, as tag: String = "base/busybox:1") async throws -> ImportedImage {
        try await record(
            ImportedImage.self, "image", "import", try rootFileSystem(version: version), "--tag", tag,
            "--env",
            "PATH=/bin")
    }

    /// Writes a directory to build: a Dockerfile, and one file.
    func context(_ dockerfile: String, name: String = "context") throws -> String {
        try directory.write("some text\n", to: "\(name)/file.txt")
        try directory.write(dockerfile, to: "\(name)/Dockerfile")
        return directory.path(name)
    }

    /// Registers a task by `slipway task create`.
    func createTask(_ text: String, name: String = "hello") async throws {
        let file = try directory.write(text, to: "\(name).yaml")
        try await succeed("task", "create", "--file", file, "--name", name)
    }

    func run(_ id: String) async throws -> RunDetail { try await record(RunDetail.self, "run", "show", id) }

    /// All runs, oldest first.
    func runs() async throws -> [RunRecord] {
        try await record(RunList.self, "run", "list").runs.reversed()
    }

    /// Waits until there is a run, and it is over.
    func finished(_ id: String) async throws -> RunDetail {
        try await eventually("there is a run \(id)") { try await self.slipway("run", "show", id).status == 0 }
        // Its exit status is the run's; how it ended is the test's to judge.
        _ = try await slipway("logs", "--follow", id)
        return try await run(id)
    }

    /// Likewise, for a run that is to succeed.
    ///
    /// Throws ``RunDidNotSucceed`` when it does not.
    @discardableResult
    func succeeded(_ id: String) async throws -> RunDetail {
        let detail = try await finished(id)
        guard detail.run.state == "succeeded" else { throw RunDidNotSucceed(run: detail.run) }
        return detail
    }

    /// Registers a task that builds a repository with this Dockerfile, and publishes `app:RUN`.
    func createBuildTask(_ dockerfile: String) async throws {
        let repository = try GitFixture(at: directory.path("repository"))
        try repository.commit("First", ["Dockerfile": dockerfile, "file.txt": "some text\n"])
        try await createTask(Self.buildTask(of: repository.path))
    }

    /// A task that runs on request, and when a base image moves.
    static func buildTask(of source: String) -> String {
        """
        version: v1.1.0
        source: \(source)#main
        triggers: {commit: false}
        steps:
          - build: -t $Registry/app:{{.Run.ID}} .
          - push: ["$Registry/app:{{.Run.ID}}"]

        """
    }

    /// The tags in the embedded registry, as `REPOSITORY:TAG`.
    func tags() async throws -> [String] {
        try await record(ImageList.self, "image", "list").images.map { "\($0.repository):\($0.tag)" }
    }

    func image(_ reference: String) async throws -> ImageDetail {
        try await record(ImageDetail.self, "image", "show", reference)
    }

    /// The files that are being written to the blob store, and are no blobs yet.
    var incoming: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "\(data)/blobs/incoming") }
    }
}

struct RunDidNotSucceed: Error, CustomStringConvertible {
    let run: RunRecord

    var description: String { "the run \(run.id) is \(run.state): \(run.message ?? "")" }
}

/// A repository with a Dockerfile that stands on `base/busybox:1`, and prints what the last commit put there.
extension GitFixture {
    static let dockerfile = """
        # The registry's address is the daemon's to say.
        ARG REGISTRY
        FROM ${REGISTRY}/base/busybox:1
        COPY message.txt /message.txt
        ENTRYPOINT ["/bin/cat", "/message.txt", "/etc/base-version"]

        """

    /// A task that builds and publishes it.
    func task(reference: String = "main", triggers: String = "{}") -> String {
        """
        version: v1.1.0
        source: \(path)#\(reference)
        triggers: \(triggers)
        steps:
          - build: -t $Registry/hello:{{.Run.ID}} -t $Registry/hello:latest --build-arg REGISTRY=$Registry .
          - push: ["$Registry/hello:{{.Run.ID}}", "$Registry/hello:latest"]

        """
    }

    @discardableResult
    func commit(message: String) throws -> String {
        try commit("Say \(message)", ["Dockerfile": Self.dockerfile, "message.txt": "\(message)\n"])
    }
}

/// Whether the tests may mount file systems and run containers.
let isRoot = geteuid() == 0

/// Bytes that do not get smaller.
func randomBytes(_ count: Int) -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes += $0 } }
    return Array(bytes.prefix(count))
}
