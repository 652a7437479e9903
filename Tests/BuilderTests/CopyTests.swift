import Blobs
import Builder
import Foundation
import OCI
import TestSupport
import Testing

@Suite("COPY", .temporaryDirectory) struct CopyTests {
    /// A small tree to copy from.
    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.prepare(
            """
            mkdir -p d/e/f; echo a > a.txt; echo b > b.md; echo c > d/c.txt; echo g > d/e/f/g.txt
            echo run > run.sh; chmod 755 run.sh; chmod 700 d/e; ln -s c.txt d/link; ln -s d all
            """)
        return workshop
    }

    @Test(arguments: [
        ("a.txt /", ["-rw-r--r-- 0/0 a.txt"]),
        ("a.txt /x", ["-rw-r--r-- 0/0 x"]),
        ("a.txt /x/y/", ["drwxr-xr-x 0/0 x/", "drwxr-xr-x 0/0 x/y/", "-rw-r--r-- 0/0 x/y/a.txt"]),
        ("a.txt /x/.", ["drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/a.txt"]),
        ("a.txt .", ["-rw-r--r-- 0/0 a.txt"]),
        ("./d/../a.txt run.sh /", ["-rw-r--r-- 0/0 a.txt", "-rwxr-xr-x 0/0 run.sh"]),
        ("[\"a.txt\", \"/with space\"]", ["-rw-r--r-- 0/0 with space"]),
        ("*.txt /", ["-rw-r--r-- 0/0 a.txt"]),
        ("d/?.txt /", ["-rw-r--r-- 0/0 c.txt"]),
        ("d/*/f /x/", ["drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/g.txt"]),
        // A link is followed where it is named, and copied where it is found.
        ("d/link /", ["-rw-r--r-- 0/0 link"]),
        ("all/link /x", ["-rw-r--r-- 0/0 x"]),
        (
            "d /x",
            [
                "drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/c.txt", "drwx------ 0/0 x/e/",
                "drwxr-xr-x 0/0 x/e/f/", "-rw-r--r-- 0/0 x/e/f/g.txt", "lrwxrwxrwx 0/0 x/link -> c.txt",
            ]
        ),
        // The directory itself gives its contents, not its mode.
        ("d/e /x", ["drwxr-xr-x 0/0 x/", "drwxr-xr-x 0/0 x/f/", "-rw-r--r-- 0/0 x/f/g.txt"]),
        ("--chmod=640 a.txt /n/x", ["drw-r----- 0/0 n/", "-rw-r----- 0/0 n/x"]),
        ("--chmod=u+x,go-r a.txt /n/x", ["drwxr-xr-x 0/0 n/", "-rwx------ 0/0 n/x"]),
        ("--chmod=4755 --chown=7:8 a.txt /n/x", ["drwxr-xr-x 7/8 n/", "-rwsr-xr-x 7/8 n/x"]),
        ("--chown=7 a.txt /", ["-rw-r--r-- 7/7 a.txt"]),
        (
            "--exclude=c* --exclude=e/**/*.txt d /x",
            [
                "drwxr-xr-x 0/0 x/", "drwx------ 0/0 x/e/",
                "drwxr-xr-x 0/0 x/e/f/", "lrwxrwxrwx 0/0 x/link -> c.txt",
            ]
        ),
        (
            "--exclude=* --exclude=!e/f/g.txt d /x",
            [
                "drwxr-xr-x 0/0 x/", "drwx------ 0/0 x/e/",
                "drwxr-xr-x 0/0 x/e/f/", "-rw-r--r-- 0/0 x/e/f/g.txt",
            ]
        ),
        (
            "--parents d/e/f/g.txt a.txt /x/",
            [
                "drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/a.txt",
                "drwxr-xr-x 0/0 x/d/", "drwx------ 0/0 x/d/e/", "drwxr-xr-x 0/0 x/d/e/f/",
                "-rw-r--r-- 0/0 x/d/e/f/g.txt",
            ]
        ),
        (
            "--parents d/./e/*/g.txt /",
            ["drwx------ 0/0 e/", "drwxr-xr-x 0/0 e/f/", "-rw-r--r-- 0/0 e/f/g.txt"]
        ),
        (
            "<<one <<two /x/\n1\none\n2\ntwo",
            [
                "drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/one",
                "-rw-r--r-- 0/0 x/two",
            ]
        ),
        ("--chmod=600 <<EOF /x/y\n1\nEOF", ["drw------- 0/0 x/", "-rw------- 0/0 x/y"]),
    ])
    func `makes the layer that BuildKit makes`(words: String, expected: [String]) async throws {
        let workshop = try workshop()
        #expect(try await workshop.listing(of: "FROM scratch\nCOPY \(words)\n") == expected)
    }

    @Test(arguments: [
        ("COPY nothing /", "Dockerfile:2:6: `nothing` is not there"),
        ("COPY a.txt nothing /", "Dockerfile:2:12: `nothing` is not there"),
        ("COPY ../a.txt /", "Dockerfile:2:6: `../a.txt` leads out of the build context"),
        ("COPY a.txt b.md /x", "Dockerfile:2:17: `/x` is to take 2 sources, and is not a directory"),
        ("COPY --chown=ann a.txt /", "Dockerfile:2:6: the image has no user `ann` in /etc/passwd"),
        ("COPY --chown=0:ann a.txt /", "Dockerfile:2:6: the image has no group `ann` in /etc/group"),
        ("COPY --chmod=99 a.txt /", "Dockerfile:2:6: `99` is no file mode"),
        ("COPY [d /", "Dockerfile:2:6: the pattern `[d` is malformed"),
        ("COPY --parents d/x /", "Dockerfile:2:16: `/d/x` is not there"),
        ("COPY a.txt /x/\nCOPY a.txt /x/a.txt/", "Dockerfile:3:1: `/x/a.txt` is not a directory"),
        ("COPY d /x/a.txt/\nCOPY a.txt /x/", "Dockerfile:3:1: `/x/a.txt` is a directory in the image"),
        ("COPY a.txt /x\nCOPY d /x", "Dockerfile:3:1: `/x` is not a directory in the image"),
        ("COPY a.txt /.wh.b", "Dockerfile:2:1: `/.wh.b` cannot be in an image"),
        ("RUN true", "Dockerfile:2:1: `RUN` needs a container"),
    ])
    func `says where it fails`(lines: String, expected: String) async throws {
        let text = try await workshop().failure(of: "FROM scratch\n\(lines)\n")
        #expect(text.hasPrefix(expected), "\(text)")
    }

    @Test func `refuses a link that leads nowhere, or in a circle`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("ln -s nowhere dangling; ln -s b a; ln -s a b; ln -s /../../etc/passwd out")
        #expect(
            try await workshop.failure(of: "FROM scratch\nCOPY dang* /x\n")
                .hasPrefix("Dockerfile:2:6: `dangling` is not there"))
        #expect(
            try await workshop.failure(of: "FROM scratch\nCOPY a /x\n")
                .hasPrefix("Dockerfile:2:6: `a` leads through a circle"))
        #expect(
            try await workshop.failure(of: "FROM scratch\nCOPY out /x\n")
                .hasPrefix("Dockerfile:2:6: `out` is not there"))
    }

    @Test func `makes no layer for a pattern that matches nothing`() async throws {
        let image = try await Workshop().build("FROM scratch\nCOPY x* /dir/\n")
        #expect(image.layers == [])
        #expect(image.config.history.map(\.isEmptyLayer) == [true])
    }

    @Test func `follows links in the image, and leaves what is there alone`() async throws {
        let workshop = try workshop()
        try workshop.addImage(
            "base",
            layers: [
                "mkdir -p usr/lib tmp real; chmod 1777 tmp; ln -s usr/lib lib; ln -s /real/file to; ln -s up up"
            ])
        #expect(
            try await workshop.listing(of: "FROM base\nCOPY a.txt /lib/\n") == [
                "-rw-r--r-- 0/0 usr/lib/a.txt"
            ])
        #expect(try await workshop.listing(of: "FROM base\nCOPY a.txt /to\n") == ["-rw-r--r-- 0/0 real/file"])
        #expect(
            try await workshop.listing(of: "FROM base\nCOPY a.txt /tmp/\n") == ["-rw-r--r-- 0/0 tmp/a.txt"])
        #expect(
            try await workshop.failure(of: "FROM base\nCOPY a.txt /up/x\n")
                .hasPrefix("Dockerfile:2:1: `/up/x` leads through a circle"))
        // A directory below the one that is copied does not go through a link.
        try workshop.prepare("mkdir -p s/lib; echo > s/lib/x")
        #expect(
            try await workshop.failure(of: "FROM base\nCOPY s /\n")
                .hasPrefix("Dockerfile:2:1: `/lib` is not a directory"))
    }

    @Test func `overwrites the modes of the directories below the one that is copied`() async throws {
        let workshop = try workshop()
        try workshop.addImage("base", layers: ["mkdir -p x/e/f"])
        #expect(
            try await workshop.listing(of: "FROM base\nCOPY --exclude=*.txt d /x\n") == [
                "drwx------ 0/0 x/e/", "drwxr-xr-x 0/0 x/e/f/", "-rw-r--r-- 0/0 x/e/f/g.txt",
                "lrwxrwxrwx 0/0 x/link -> c.txt",
            ])
    }

    @Test func `looks at nothing under it with --link`() async throws {
        let workshop = try workshop()
        try workshop.addImage(
            "base", layers: ["mkdir -p usr/lib etc; ln -s usr/lib lib; echo 'ann:x:7:8::/:' > etc/passwd"])
        #expect(
            try await workshop.listing(of: "FROM base\nCOPY --link --chown=ann a.txt /lib/\n")
                == ["drwxr-xr-x 7/8 lib/", "-rw-r--r-- 7/8 lib/a.txt"])
    }

    @Test func `finds owners by name in the image`() async throws {
        let workshop = try workshop()
        try workshop.addImage(
            "base",
            layers: [
                "mkdir etc; echo 'root:x:0:0' > etc/passwd; echo 'ann:x:7:8::/:' >> etc/passwd; echo 'staff:x:50:' > etc/group"
            ])
        for (words, owner) in [("ann", "7/8"), ("ann:staff", "7/50"), ("3:staff", "3/50"), ("ann:9", "7/9")] {
            #expect(
                try await workshop.listing(of: "FROM base\nCOPY --chown=\(words) a.txt /\n")
                    == ["-rw-r--r-- \(owner) a.txt"])
        }
    }

    @Test func `keeps hard links of one source`() async throws {
        let workshop = try Workshop()
        try workshop.prepare("mkdir d; echo 1 > d/b; ln d/b d/a; ln d/b d/c; ln d/b other")
        #expect(
            try await workshop.listing(of: "FROM scratch\nCOPY d /x\n") == [
                "drwxr-xr-x 0/0 x/", "-rw-r--r-- 0/0 x/a", "hrw-r--r-- 0/0 x/b link to x/a",
                "hrw-r--r-- 0/0 x/c link to x/a",
            ])
        #expect(
            try await workshop.listing(of: "FROM scratch\nCOPY d/b other /\n")
                == ["-rw-r--r-- 0/0 b", "-rw-r--r-- 0/0 other"])
    }

    @Test func `keeps owners, times, links and attributes of an image`() async throws {
        let workshop = try Workshop()
        let file = TarEntryFixture.file("d/f", uid: 5, gid: 6, mode: 0o4750)
        let image = archive([(file, "content"), (TarEntryFixture.hardLink("d/g", to: "d/f", like: file), "")])
        try workshop.addImage("base", layers: [workshop.layer(image)])
        var options = BuildOptions()
        options.epoch = 2000
        let built = try await workshop.build("FROM scratch\nCOPY --from=base /d /x\n", options)
        let layer = try #require(built.layers.last)
        #expect(
            try workshop.listing(layer) == [
                "drwxr-xr-x 0/0 x/", "-rwsr-x--- 5/6 x/f", "hrwsr-x--- 5/6 x/g link to x/f",
            ])
        #expect(try workshop.text("x/f", in: layer) == "content")
        #expect(
            try Data(contentsOf: URL(filePath: workshop.store.path(of: layer.descriptor.digest))).count > 0)
        let outcome = try Shell.run(
            "tar --xattrs --xattrs-include='*' -tvvzf '\(workshop.store.path(of: layer.descriptor.digest))'; "
                + "TZ=UTC tar -tvzf '\(workshop.store.path(of: layer.descriptor.digest))'",
            in: workshop.directory.path)
        #expect(outcome.output.contains("user.note"))
        // The file's own time is older than the build's, and stays.
        #expect(outcome.output.contains("1970-01-01 00:16 x/f"))
        // The directory is nobody's: it has the Dockerfile's time.
        #expect(outcome.output.contains("1970-01-01 00:00 x/\n"), "\(outcome.output)")
    }

    @Test func `tells names apart that only look the same`() async throws {
        let workshop = try Workshop()
        try workshop.prepare(#"mkdir d; echo 1 > $'d/\xc3\xa9'; echo 2 > $'d/e\xcc\x81'"#)
        #expect(try await workshop.listing(of: "FROM scratch\nCOPY d /\n").count == 2)
    }
}
