import Builder
import Foundation
import TestSupport
import Testing

@Suite("ADD", .temporaryDirectory) struct AddTests {
    private static let packed =
        "mkdir -p t/top; echo hello > t/top/f; chmod 750 t/top; ln t/top/f t/top/g\n"
        + "tar --owner=5 --group=6 --mtime=@0 --sort=name -C t -cf t.tar top; rm -r t\n"

    private static let unpacked = [
        "drwxr-xr-x 0/0 out/", "drwxr-x--- 5/6 out/top/", "-rw-r--r-- 5/6 out/top/f",
        "hrw-r--r-- 5/6 out/top/g link to out/top/f",
    ]

    @Test(arguments: ["cat", "gzip", "bzip2", "xz", "zstd"])
    func `unpacks an archive in every common compression`(compressor: String) async throws {
        let workshop = try Workshop()
        // The name says nothing: only the bytes count.
        try workshop.prepare(Self.packed + "\(compressor) < t.tar > archive")
        #expect(try await workshop.listing(of: "FROM scratch\nADD archive /out\n") == Self.unpacked)
    }

    @Test(arguments: [
        ("--unpack=false t.tar /out/", ["drwxr-xr-x 0/0 out/", "-rw-r--r-- 0/0 out/t.tar"]),
        ("--chmod=700 t.tar /out", unpacked),
        (
            "--chown=1:2 t.tar /out",
            [
                "drwxr-xr-x 1/2 out/", "drwxr-x--- 1/2 out/top/", "-rw-r--r-- 1/2 out/top/f",
                "hrw-r--r-- 1/2 out/top/g link to out/top/f",
            ]
        ),
        (
            "*.tar plain.gz empty /out/",
            unpacked[..<1] + ["-rw-r--r-- 0/0 out/empty", "-rw-r--r-- 0/0 out/plain.gz"]
                + unpacked[1...]
        ),
        ("d /out/", ["drwxr-xr-x 0/0 out/", "-rw-r--r-- 0/0 out/t.tar"]),
    ])
    func `unpacks archives and copies all else`(words: String, expected: [String]) async throws {
        let workshop = try Workshop()
        try workshop.prepare(
            Self.packed + "echo text | gzip > plain.gz; : > empty; mkdir d; cp t.tar d/t.tar")
        #expect(try await workshop.listing(of: "FROM scratch\nADD \(words)\n") == expected)
    }

    @Test(arguments: ["v7", "oldgnu", "gnu", "ustar", "posix"])
    func `unpacks every flavour of tar`(format: String) async throws {
        let workshop = try Workshop()
        try workshop.prepare(
            "echo hello > f; tar --format=\(format) --owner=0 --group=0 -cf t f; tar --format=\(format) -cf e -T /dev/null"
        )
        #expect(
            try await workshop.listing(of: "FROM scratch\nADD t e /x/\n")
                == ["drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/e", "-rw-r--r-- 0/0 x/f"])
    }

    @Test func `copies what only looks like an archive`() async throws {
        let workshop = try Workshop()
        try workshop.prepare(#"printf '\x1f\x8b broken' > x.gz; head -c 2000 /dev/zero > zeros.tar"#)
        #expect(
            try await workshop.listing(of: "FROM scratch\nADD x.gz zeros.tar /\n")
                == ["-rw-r--r-- 0/0 x.gz", "-rw-r--r-- 0/0 zeros.tar"])
    }

    @Test(arguments: ["head -c 60 t.gz > bad", "head -c 700 t.tar > bad", "tar -Pcf bad ../context/t.tar"])
    func `refuses a damaged archive, and one that leads out of its root`(damage: String) async throws {
        let workshop = try Workshop()
        try workshop.prepare(
            "head -c 3000000 /dev/urandom > r; tar -cf t.tar r; gzip < t.tar > t.gz; head -c 600000 t.gz > u; mv u t.gz\n"
                + damage.replacing("head -c 60 t.gz", with: "head -c 300000 t.gz"))
        let text = try await workshop.failure(of: "FROM scratch\nADD bad /\n")
        #expect(text.hasPrefix("Dockerfile:2:1: the archive `bad` cannot be unpacked"), "\(text)")
    }

    @Test func `puts the archive's files in the place of what is there`() async throws {
        let workshop = try Workshop()
        try workshop.addImage(
            "base",
            layers: ["mkdir -p dir/sub keep usr/lib; echo > dir/sub/x; echo > file; ln -s usr/lib lib"])
        try workshop.prepare(
            "mkdir -p t/file t/keep t/lib; echo > t/dir; echo > t/file/y; echo > t/lib/z; chmod 700 t/keep\n"
                + "tar --owner=0 --group=0 -C t -cf t.tar dir file keep lib/z; rm -r t")
        #expect(
            try await workshop.listing(of: "FROM base\nADD t.tar /\n") == [
                "-rw-r--r-- 0/0 dir", "drwxr-xr-x 0/0 file/", "-rw-r--r-- 0/0 file/y", "drwx------ 0/0 keep/",
                "-rw-r--r-- 0/0 usr/lib/z",
            ])
    }

    @Test func `hides what a directory held that was a file in between`() async throws {
        let workshop = try Workshop()
        try workshop.addImage("base", layers: ["mkdir d; echo old > d/old"])
        try workshop.prepare(
            "mkdir t; echo > t/d; tar --owner=0 --group=0 -C t -cf 1.tar d; rm t/d; mkdir t/d; echo > t/d/new\n"
                + "tar --owner=0 --group=0 -C t -cf 2.tar d")
        #expect(
            try await workshop.listing(of: "FROM base\nADD 1.tar 2.tar /\n")
                == ["drwxr-xr-x 0/0 d/", "-rw-r--r-- 0/0 d/.wh..wh..opq", "-rw-r--r-- 0/0 d/new"])
        #expect(
            try await workshop.failure(of: "FROM base\nADD 1.tar 2.tar /\nCOPY --from=base /d/new /\n")
                .hasPrefix("Dockerfile:3:18: `/d/new` is not there"))
    }

    @Test func `refuses an archive that would hide files`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("echo > .wh.x; tar -cf t.tar .wh.x")
        #expect(
            try await workshop.failure(of: "FROM scratch\nADD t.tar /d/\n")
                .hasPrefix("Dockerfile:2:1: `/d/.wh.x` cannot be in an image"))
    }
}
