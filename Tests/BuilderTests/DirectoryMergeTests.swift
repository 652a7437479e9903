import Foundation
import Glibc
import TestSupport
import Testing

@testable import Builder

@Suite("Files that come into a directory", .temporaryDirectory) struct DirectoryMergeTests {
    /// What is moved, where to, and a place outside, made by scripts.
    private struct Place {
        let directory: TemporaryDirectory

        init(new: String, old: String = "true") throws {
            directory = try TemporaryDirectory.required
            for (name, script) in [("new", new), ("old", old), ("outside", "echo mine > file")] {
                try run("mkdir \(name); cd \(name); \(script)")
            }
        }

        @discardableResult
        func run(_ script: String) throws -> String {
            let outcome = try Shell.run("set -e; umask 022\n" + script, in: directory.path)
            try #require(outcome.status == 0, "\(outcome.output)")
            return outcome.output
        }

        func move() throws { try DirectoryMerge.move(directory.path("new"), into: directory.path("old")) }

        /// Type, mode and path of everything that came about, and where links lead.
        func listing(_ name: String = "old") throws -> String {
            try run("cd \(name); find . -mindepth 1 -printf '%y%m %P %l\\n' | sed 's/ $//' | sort -k2")
        }
    }

    @Test(arguments: [
        ("mkdir d; echo new > d/a", "mkdir d; echo old > d/b", "d755 d\nf644 d/a\nf644 d/b\n"),
        ("echo new > a", "echo old > a", "f644 a\n"),
        ("echo new > a", "mkdir -p a/b; echo old > a/b/c", "f644 a\n"),
        ("mkdir a; echo new > a/b", "echo old > a", "d755 a\nf644 a/b\n"),
        ("ln -s b a", "mkdir a; echo old > a/c", "l777 a b\n"),
        ("ln -s b a", "echo old > a", "l777 a b\n"),
        ("mkfifo a", "ln -s ../outside a", "p644 a\n"),
        ("mkdir a; echo new > a/file", "ln -s ../outside a", "d755 a\nf644 a/file\n"),
        ("echo new > file", "ln -s ../outside/file file", "f644 file\n"),
        (
            "mkdir -p a/b; echo new > a/b/file", "mkdir a; ln -s ../../outside a/b",
            "d755 a\nd755 a/b\nf644 a/b/file\n"
        ),
        ("mkdir -m 700 a", "mkdir -m 755 a; echo old > a/b", "d700 a\nf644 a/b\n"),
        ("mkdir -m 1777 a", "mkdir -m 555 a", "d1777 a\n"),
        ("echo new > \u{E9}", "echo old > e\u{301}", "f644 e\u{301}\nf644 \u{E9}\n"),
    ])
    func `stand where others were, and lead nowhere else`(new: String, old: String, expected: String) throws {
        let place = try Place(new: new, old: old)
        try place.move()
        #expect(try place.listing() == expected)
        #expect(try place.listing("new") == "" || new.contains("mkdir"))
        #expect(try place.run("cat outside/file; ls -A outside") == "mine\nfile\n")
        #expect(try place.run("grep -rl new old || true").isEmpty == !new.contains("echo"))
    }

    @Test
    func `keep their names, owners and times, and give them to the directories that they meet`()
        throws
    {
        let place = try Place(
            new: """
                mkdir d; echo a > d/a; ln d/a d/b; chown 7:8 d d/a; chmod 2750 d
                touch -d @1000 d/a d
                """,
            old: "mkdir d; echo c > d/c")
        try place.move()
        #expect(
            try place.run("stat -c '%n %U %u:%g %a %h %Y' old/d old/d/a old/d/b | cut -d' ' -f1,3-")
                == "old/d 7:8 2750 2 1000\nold/d/a 7:8 644 2 1000\nold/d/b 7:8 644 2 1000\n")
        #expect(try place.run("cat old/d/c") == "c\n")
    }

    @Test func `come twice, though their directories cannot be written to or read`() throws {
        let place = try Place(new: "true")
        let files =
            "mkdir -p new/closed/inner; echo a > new/closed/inner/a; chmod 111 new/closed/inner; chmod 555 new/closed"
        // Root may write anywhere.
        for _ in 0..<2 {
            try place.run("\(files); chown -R 65534 new old")
            try asNobody { try place.move() }
            #expect(try place.listing() == "d555 closed\nd111 closed/inner\nf644 closed/inner/a\n")
            try place.run("rm -rf new; mkdir new")
        }
        // Nor is a file that takes a directory's place held up.
        try place.run("echo a > new/closed; chown -R 65534 new old")
        try asNobody { try place.move() }
        #expect(try place.listing() == "f644 closed\n")
    }

    @Test func `are not moved where the system refuses it, and say which`() throws {
        let place = try Place(new: "echo a > a", old: "true")
        try place.run("chmod 755 old new; chown 65534 new; chown 0 old")
        let path = place.directory.path("old/a")
        #expect(throws: BuildError("could not write `\(path)`: Permission denied")) {
            try asNobody { try place.move() }
        }
        #expect(try place.listing("new") == "f644 a\n")
        #expect(
            throws: BuildError(
                "could not open the directory `\(place.directory.path("none"))`: No such file or directory")
        ) { try DirectoryMerge.move(place.directory.path("new"), into: place.directory.path("none")) }
        #expect(
            throws: BuildError(
                "could not open the directory `\(place.directory.path("outside/file"))`: Not a directory")
        ) { try DirectoryMerge.move(place.directory.path("new"), into: place.directory.path("outside/file")) }
    }

    @Test func `are discarded with all that is in them, but not with what links lead to`() throws {
        let place = try Place(
            new: "mkdir -p a/b; echo a > a/b/c; ln -s ../outside l; ln -s ../../outside a/l")
        try place.run("chmod 000 new/a/b; chmod 555 new/a new; chown -Rh 65534 .")
        try asNobody { try DirectoryMerge.discard(place.directory.path("new")) }
        #expect(try place.run("ls; ls outside") == "old\noutside\nfile\n")
        try DirectoryMerge.discard(place.directory.path("new"))
    }

    /// Runs a body as a user that owns next to nothing: the thread's rights to files go with the identity.
    private func asNobody(_ body: () throws -> Void) throws {
        typealias Call = @convention(c) (uid_t) -> Int32
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: Call.self)
        _ = setUser(65534)
        defer { _ = setUser(0) }
        // It tells the identity from before: so it is asked whether it took.
        try #require(setUser(65534) == 65534)
        try body()
    }
}
