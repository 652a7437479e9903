import Blobs
import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("A directory as a build context", .temporaryDirectory) struct DirectoryContextTests {
    /// The last layer of a copy of everything that a script makes.
    private func listing(_ script: String) async throws -> [String] {
        let workshop = try Workshop()
        try workshop.prepare(script)
        return try await workshop.listing(of: "FROM scratch\nCOPY . /\n")
    }

    @Test func `keeps hard links, also across folders`() async throws {
        #expect(
            try await listing("mkdir d; echo > a; ln a d/b; ln a z; echo > own") == [
                "-rw-r--r-- 0/0 a", "drwxr-xr-x 0/0 d/", "hrw-r--r-- 0/0 d/b link to a", "-rw-r--r-- 0/0 own",
                "hrw-r--r-- 0/0 z link to a",
            ])
    }

    @Test func `keeps set-user-id, set-group-id and sticky bits`() async throws {
        #expect(
            try await listing("echo > u; echo > g; mkdir t; chmod 4755 u; chmod 2755 g; chmod 1777 t") == [
                "-rwxr-sr-x 0/0 g", "drwxrwxrwt 0/0 t/", "-rwsr-xr-x 0/0 u",
            ])
    }

    @Test func `is root's whoever's its files are`() async throws {
        #expect(
            try await listing("echo > f; mkdir d; ln -s f l; chown -h 12:34 f d l") == [
                "drwxr-xr-x 0/0 d/", "-rw-r--r-- 0/0 f", "lrwxrwxrwx 0/0 l -> f",
            ])
    }

    @Test func `keeps named pipes and devices, and leaves sockets out`() async throws {
        #expect(
            try await listing(
                "mkfifo p; mknod c c 1 3; mknod b b 7 0\n"
                    + "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'")
                == ["brw-r--r-- 0/0 b", "crw-r--r-- 0/0 c", "prw-r--r-- 0/0 p"])
    }

    @Test func `leaves extended attributes out, as no layer of a context has them with BuildKit`()
        async throws
    {
        let workshop = try Workshop()
        try workshop.prepare(
            "echo > f; python3 -c 'import os; os.setxattr(\"f\", \"user.note\", b\"x\")' || true")
        let image = try await workshop.build("FROM scratch\nCOPY f /\n")
        let path = workshop.store.path(of: try #require(image.layers.last).descriptor.digest)
        let outcome = try Shell.run(
            "gzip -dc '\(path)' | grep -ac 'SCHILY.xattr'", in: workshop.directory.path)
        #expect(outcome.output == "0\n")
    }
}
