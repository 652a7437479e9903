import ControlAPI
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
    "A full disk", .temporaryDirectory, .enabled(if: isRoot, "only root mounts a small file system"),
    .timeLimit(.minutes(5)))
struct DiskTests {
    /// A daemon whose data directory is on a file system of 20 MB.
    private func withSmallDisk(_ body: (SlipwayDaemon, SmallDisk) async throws -> Void) async throws {
        let disk = try SmallDisk(at: TemporaryDirectory.required.path("disk"), megabytes: 20)
        defer { disk.unmount() }
        var options = SlipwayDaemon.Options()
        options.data = disk.path + "/data"
        try await SlipwayDaemon.running(options) { try await body($0, disk) }
    }

    @Test func `while a layer is written fails the build, which leaves nothing`() async throws {
        try await withSmallDisk { daemon, disk in
            let context = try daemon.context("FROM scratch\nCOPY random /\n")
            try Data(randomBytes(4_000_000)).write(to: URL(filePath: "\(context)/random"))
            // Room for the uploaded context, and not for the layer that it becomes.
            try disk.fill(leaving: 6_000_000)
            let outcome = try await daemon.slipway("build", context, "--tag", "app:1")
            #expect(
                outcome.status == 3 && outcome.errors.contains("No space left on device"), "\(outcome.errors)"
            )
            #expect(try daemon.incoming == [], "what was written of the layer is gone")
            #expect(try await daemon.tags() == [])
            disk.free()
            try await daemon.succeed("build", context, "--tag", "app:1")
            #expect(try await daemon.runs().map(\.state) == ["errored", "succeeded"])
            #expect(try await daemon.tags() == ["app:1"])
        }
    }

    @Test func `puts a task's run off, and it is finished once there is room`() async throws {
        try await FaultyRegistry.serving { registry in
            try registry.addBase(layer: try CrashTests.archive(of: 4_000_000))
            try await withSmallDisk { daemon, disk in
                try await daemon.createBuildTask("FROM \(registry.host)/base:1\n")
                try disk.fill(leaving: 2_000_000)
                let follower = try daemon.begin("task", "run", "hello", "--follow")
                try await eventually("the run is put off") {
                    follower.output.contains("r1 will be tried again at ")
                }
                #expect(follower.output.contains("No space left on device"))
                #expect(try daemon.incoming == [], "what was written of the layer is gone")
                disk.free()
                let outcome = await follower.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try await daemon.runs().map(\.state) == ["succeeded"])
                #expect(try await daemon.tags() == ["app:r1"])
            }
        }
    }

    @Test func `while a context is uploaded refuses it`() async throws {
        try await withSmallDisk { daemon, disk in
            let context = try daemon.context("FROM scratch\nCOPY random /\n")
            try Data(randomBytes(4_000_000)).write(to: URL(filePath: "\(context)/random"))
            try disk.fill(leaving: 2_000_000)
            let outcome = try await daemon.slipway("build", context, "--tag", "app:1")
            #expect(
                outcome.status == 1 && outcome.errors.contains("No space left on device"), "\(outcome.errors)"
            )
            #expect(try await daemon.runs() == [])
            try await eventually("what was written of it is gone") { try daemon.incoming == [] }
        }
    }

    @Test func `to its last byte does not end the daemon, nor lose the run`() async throws {
        let (asked, answered) = (Gate(), Gate())
        try await FaultyRegistry.serving({ call in
            guard call.isManifest else { return nil }
            asked.open()
            await answered.pass()
            return nil
        }) { registry in
            try registry.addBase(layer: try CrashTests.archive(of: 300_000))
            try await withSmallDisk { daemon, disk in
                try await daemon.createBuildTask("FROM \(registry.host)/base:1\nCOPY file.txt /\n")
                let follower = try daemon.begin("task", "run", "hello", "--follow")
                await asked.pass()
                try disk.fill(leaving: 0)
                answered.open()
                // Not even that the run failed can be written down.
                try await eventually("the daemon says so") {
                    daemon.log.contains("database or disk is full") || daemon.log.contains("No space left")
                }
                #expect(try await daemon.slipway("run", "list").status == 0)
                disk.free()
                let outcome = await follower.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try await daemon.runs().map(\.state) == ["succeeded"])
                #expect(try await daemon.tags() == ["app:r1"])
            }
        }
    }
}

/// A file system in memory that is soon full.
private struct SmallDisk {
    let path: String
    private var filler: String { path + "/filler" }

    init(at path: String, megabytes: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO)
        }
    }

    /// Writes a file that takes all room but so many bytes.
    func fill(leaving rest: Int) throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 4096)
        while try room() > rest {
            guard write(file, zeros, zeros.count) > 0 else { return }
        }
    }

    private func room() throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
        return Int(status.f_bavail * status.f_bsize)
    }

    func free() { unlink(filler) }

    func unmount() { umount2(path, Int32(MNT_DETACH)) }
}
