import Foundation
import TestSupport
import Testing

@testable import Commands

/// Runs a program and returns what it printed.
func run(
    _ tool: String, _ arguments: [String], environment: [String: String]? = nil
) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    if let environment { process.environment = environment }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Both are short enough for a pipe's buffer.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, complaints)
}

@Suite("A packed context", .temporaryDirectory) struct ContextPackerTests {
    /// Makes a directory with what a context may hold.
    static func sample(_ name: String = "in") throws -> (directory: TemporaryDirectory, root: String) {
        let directory = try TemporaryDirectory.required
        try directory.write("FROM scratch\n", to: "\(name)/Dockerfile")
        try directory.write("a", to: "\(name)/sub/a.txt")
        try directory.write(String(repeating: "x", count: 700_001), to: "\(name)/sub/deep/big.bin")
        try directory.write("", to: "\(name)/sub-empty")
        try directory.write("ü", to: "\(name)/sub/ünï.txt")
        let root = directory.path(name)
        #expect(chmod("\(root)/sub/a.txt", 0o4751) == 0)
        #expect(chmod("\(root)/sub-empty", 0o644) == 0 && chmod("\(root)/sub", 0o755) == 0)
        #expect(symlink("../Dockerfile", "\(root)/sub/link") == 0)
        #expect(symlink("nowhere", "\(root)/dangling") == 0)
        return (directory, root)
    }

    static func pack(
        _ root: String, _ filter: ContextFilter = .everything, leftOut: Captured = Captured()
    ) throws -> Data {
        let say = leftOut.surroundings().say
        var packer = try ContextPacker(root: root, filter: filter, leaveOut: say)
        var archive = Data()
        while let piece = try packer.next() {
            #expect(!piece.isEmpty && piece.count < 300_000)
            archive += piece
        }
        return archive
    }

    @Test func `is read back by GNU tar as it was`() throws {
        let (directory, root) = try Self.sample()
        try Self.pack(root).write(to: URL(filePath: directory.path("x.tar")))
        let listing = try run(
            "/bin/tar", ["--quoting-style=literal", "--numeric-owner", "-tvf", directory.path("x.tar")])
        #expect(listing.status == 0, "\(listing.errors)")
        #expect(listing.output.split(separator: "\n").allSatisfy { $0.contains(" 0/0 ") })
        for part in ["-rwsr-x--x 0/0 ", "sub/link -> ../Dockerfile", "dangling -> nowhere", "sub/ünï.txt"] {
            #expect(listing.output.contains(part), "\(listing.output)")
        }
        try FileManager.default.createDirectory(
            atPath: directory.path("out"), withIntermediateDirectories: true)
        #expect(
            try run("/bin/tar", ["-C", directory.path("out"), "-xf", directory.path("x.tar")]).status == 0)
        let difference = try run("/usr/bin/diff", ["-r", "--no-dereference", root, directory.path("out")])
        #expect(difference.status == 0, "\(difference.output)")
    }

    @Test func `is sorted, and the same wherever and whenever it is packed`() throws {
        let (directory, root) = try Self.sample()
        let copy = try Self.sample("other").root
        #expect(utimes("\(copy)/Dockerfile", [timeval(), timeval()]) == 0)
        let archive = try Self.pack(root)
        #expect(try Self.pack(copy) == archive)
        try archive.write(to: URL(filePath: directory.path("x.tar")))
        let names = try run("/bin/tar", ["--quoting-style=literal", "-tf", directory.path("x.tar")]).output
        #expect(
            names.split(separator: "\n") == [
                "Dockerfile", "dangling", "sub/", "sub/a.txt", "sub/deep/", "sub/deep/big.bin", "sub/link",
                "sub/ünï.txt", "sub-empty",
            ])
    }

    @Test func `leaves out what its filter excludes, but nothing that is needed`() throws {
        let (directory, root) = try Self.sample()
        let filter = ContextFilter(
            excludes: { $0 != "sub/deep/big.bin" }, mayIncludeBelow: { ["sub", "sub/deep"].contains($0) })
        try Self.pack(root, filter.including(["Dockerfile"])).write(
            to: URL(filePath: directory.path("x.tar")))
        let names = try run("/bin/tar", ["-tf", directory.path("x.tar")]).output
        #expect(names.split(separator: "\n") == ["Dockerfile", "sub/", "sub/deep/", "sub/deep/big.bin"])
    }

    @Test func `skips directories that nothing can come from`() throws {
        let (directory, root) = try Self.sample()
        #expect(chmod("\(root)/sub/deep", 0) == 0)
        let filter = ContextFilter(excludes: { $0.hasPrefix("sub") }, mayIncludeBelow: { _ in false })
        try Self.pack(root, filter).write(to: URL(filePath: directory.path("x.tar")))
        #expect(chmod("\(root)/sub/deep", 0o755) == 0)
        let names = try run("/bin/tar", ["-tf", directory.path("x.tar")]).output
        #expect(names.split(separator: "\n") == ["Dockerfile", "dangling"])
    }

    @Test func `says what it cannot take`() throws {
        let (_, root) = try Self.sample()
        #expect(mkfifo("\(root)/pipe", 0o644) == 0)
        let captured = Captured()
        _ = try Self.pack(root, leftOut: captured)
        #expect(captured.said == ["left out `pipe`: it is no file, directory or symbolic link"])
    }

    @Test func `refuses names that are no text`() throws {
        let (_, root) = try Self.sample()
        let name: [CChar] = Array("\(root)/".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        let file = open(name, O_CREAT | O_WRONLY, 0o644)
        #expect(file >= 0 && close(file) == 0)
        let error = #expect(throws: CommandError.self) { try Self.pack(root) }
        #expect(error?.message.contains("is no UTF-8 text") == true)
    }

    @Test func `refuses a file that shrinks while it is read`() throws {
        let (_, root) = try Self.sample()
        var packer = try ContextPacker(root: root, filter: .everything, leaveOut: { _ in })
        #expect(try packer.next()?.isEmpty == false)
        #expect(truncate("\(root)/sub/deep/big.bin", 300_000) == 0)
        let error = #expect(throws: CommandError.self) { while try packer.next() != nil {} }
        #expect(error?.message.contains("became shorter") == true)
    }
}

@Suite("A build's context", .temporaryDirectory) struct BuildContextTests {
    @Test func `finds its Dockerfile`() throws {
        let (directory, root) = try ContextPackerTests.sample()
        try directory.write("FROM scratch", to: "in/sub/Other")
        let surroundings = Captured().surroundings(directory: directory.path)
        let plain = try BuildContext(directory: "in", named: nil, in: surroundings)
        #expect(plain.file == "Dockerfile" && plain.root == root && plain.ignoreFile == nil)
        try directory.write("*", to: "in/.dockerignore")
        #expect(plain.ignoreFile == ".dockerignore")
        let named = try BuildContext(directory: "./in/", named: "in/sub/Other", in: surroundings)
        #expect(named.file == "sub/Other")
        try directory.write("*", to: "in/sub/Other.dockerignore")
        #expect(named.ignoreFile == "sub/Other.dockerignore")
    }

    @Test func `leaves out what its ignore file says, but neither that file nor the Dockerfile`() throws {
        let (directory, root) = try ContextPackerTests.sample()
        try directory.write("*\n!sub/deep\n!dangling\n**/*.txt\n", to: "in/.dockerignore")
        let context = try BuildContext(
            directory: root, named: nil, in: Captured().surroundings(directory: directory.path))
        let needed = [context.file, ".dockerignore"]
        try ContextPackerTests.pack(root, try context.filter().including(needed)).write(
            to: URL(filePath: directory.path("x.tar")))
        let names = try run("/bin/tar", ["-tf", directory.path("x.tar")]).output
        #expect(
            names.split(separator: "\n") == [
                ".dockerignore", "Dockerfile", "dangling", "sub/", "sub/deep/", "sub/deep/big.bin",
            ])
    }

    @Test func `refuses an ignore file that is none, with the place`() throws {
        let (directory, root) = try ContextPackerTests.sample()
        try directory.write("a\n[b\n", to: "in/.dockerignore")
        let context = try BuildContext(directory: root, named: nil, in: Captured().surroundings())
        let error = #expect(throws: CommandError.self) { try context.filter() }
        #expect(error?.message.hasPrefix(".dockerignore:2:1: ") == true, "\(error?.message ?? "")")
        #expect(error?.status == .refused)
    }

    @Test(
        arguments: [
            ("nowhere", nil, "could not build `nowhere`: No such file or directory", nil),
            ("in/Dockerfile", nil, "could not build `in/Dockerfile`: it is no directory", nil),
            ("in/sub", nil, "there is no `Dockerfile` in `in/sub`", "name another file with `-f FILE`"),
            (
                "in/sub", "in/Dockerfile",
                "the Dockerfile `in/Dockerfile` is outside of the context `in/sub`",
                "build a directory that holds it"
            ),
            (
                "in", "sub/a.txt", "there is no file `sub/a.txt`",
                "`-f` starts at the current directory: write `-f in/sub/a.txt`"
            ),
            ("in", "in/none", "there is no file `in/none`", nil),
        ] as [(String, String?, String, String?)])
    func `that is wrong says how`(directory: String, file: String?, message: String, hint: String?) throws {
        let (parent, _) = try ContextPackerTests.sample()
        let surroundings = Captured().surroundings(directory: parent.path)
        let error = #expect(throws: CommandError.self) {
            try BuildContext(directory: directory, named: file, in: surroundings)
        }
        #expect(error?.message == message)
        #expect(error?.hint == hint)
    }
}
