import Dockerfile
import TestSupport
import Testing

private struct IgnoreVector: Decodable {
    var content: String
    var patterns: [String]?
    var ignored: [String: Bool]?
    var matcherError: String?
}

private func ignore(_ text: String) throws -> IgnoreFile { try IgnoreFile(parsing: Array(text.utf8)) }

@Suite("A .dockerignore") struct IgnoreFileTests {
    @Test func `matches as Docker does`() throws {
        let vectors = try fixture("dockerignore.jsonl", of: IgnoreVector.self)
        #expect(vectors.count == 17)
        for vector in vectors {
            if vector.matcherError != nil {
                #expect(throws: DockerfileError.self, "\(vector)") { try ignore(vector.content) }
                continue
            }
            let file = try ignore(vector.content)
            #expect(file.patterns == vector.patterns ?? [], "\(vector)")
            for (path, isIgnored) in try #require(vector.ignored) {
                #expect(file.isIgnored(path) == isIgnored, "\(path) in \(vector)")
            }
        }
    }

    @Test(arguments: [
        ("**", "a/b", true), ("**/b", "b", true), ("**/b", "a/b", true), ("**/b", "a/xb", false),
        ("**b", "a/xb", true),
        ("a/**", "a", false), ("a/**", "a/b/c", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "a/x/yb", false), ("a/**/*.go", "a/b/c.go", true), ("**/*.go", "c.go", true),
        ("*.go", "a/c.go", false),
        ("a*", "abc/d", true), ("a?c", "abc", true), ("a?c", "a/c", false), ("[a-c]x", "bx", true),
        ("[^a-c]x", "bx", false),
        ("[^a-c]x", "dx", true), ("\\*", "*", true), ("\\*", "x", false), ("**/a/**", "x/a/y", true),
        ("**/a/**", "a", false),
        ("**/foo*", "a/foobar", true), ("**foo*", "xfoo", false), ("a/b", "a/b/c/d", true),
        ("a/b", "a/bc", false),
        ("/a", "a", true), ("a/", "a/b", true), ("./a/../b", "b", true), ("é", "e\u{301}", false),
        ("a/*", "a", false),
        ("*", ".hidden", true), ("a**", "ab/c", true), ("**/.git", "x/.git/config", true),
        ("**/*", "a", true),
    ])
    func `has patterns`(pattern: String, path: String, isIgnored: Bool) throws {
        #expect(try ignore(pattern).isIgnored(path) == isIgnored)
    }

    @Test(arguments: [
        ("!", ".dockerignore:1:1: the pattern `!` says nothing to take in again"),
        ("a\n[", ".dockerignore:2:1: the pattern `[` is malformed"),
        ("a\\", ".dockerignore:1:1: the pattern `a\\` is malformed"), ("[]", "is malformed"),
        ("[b-]", "is malformed"),
    ])
    func `with a mistake says where`(text: String, expected: String) {
        let error = #expect(throws: DockerfileError.self) { try ignore(text) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("a", "a", false), ("a\n!a/b", "a", true), ("a\n!c", "a", false), ("!a/b\na", "a", false),
        ("a\n!**/x", "a", true),
        ("a\n!a/b/*.go", "a/b", true), ("a\n!a/b/*.go", "a/c", false), ("**\n!a/b/c", "a/b", true),
        ("**\n!a/b/c", "x", false),
        ("*\n!a*/c", "abc", true), ("*\n!a*/c", "b", false), ("a/b", "a", true), ("a\n!a/**", "a", true),
        ("a\n!a", "a", true),
    ])
    func `knows the directories that can be skipped`(text: String, directory: String, mayContain: Bool) throws
    {
        #expect(try ignore(text).mayContainIncluded(directory) == mayContain)
    }

    @Test func `never skips a directory that has something in it`() throws {
        var random = SeededGenerator(seed: 11)
        let pieces = ["a", "b", "*", "**", "a*", "?", "[ab]", "c"]
        let names = ["a", "b", "c", "ab"]
        for _ in 0..<4_000 {
            let lines = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                let parts = (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in
                    pieces.randomElement(using: &random)
                }
                return (Bool.random(using: &random) ? "!" : "") + parts.joined(separator: "/")
            }
            let file = try ignore(lines.joined(separator: "\n"))
            let path = (0..<4).compactMap { _ in names.randomElement(using: &random) }
            guard !file.isIgnored(path.joined(separator: "/")) else { continue }
            for count in 1..<4 {
                #expect(
                    file.mayContainIncluded(path.prefix(count).joined(separator: "/")), "\(lines) \(path)")
            }
        }
    }

    @Test func `is also what COPY --exclude means`() throws {
        let file = try IgnoreFile(excluding: [word("*.md"), word("!a.md")])
        #expect(file.isIgnored("b.md") && !file.isIgnored("a.md") && !file.isIgnored("x"))
        #expect(try !IgnoreFile(excluding: []).isIgnored("x"))
    }
}

@Suite("A path pattern") struct PathPatternTests {
    @Test(arguments: [
        ("abc", "abc", true), ("*", "abc", true), ("*c", "abc", true), ("a*", "a", true),
        ("a*", "ab/c", false), ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false), ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true), ("a*b?c*x", "abxbbxdbxebxczzy", false), ("ab[c]", "abc", true),
        ("ab[b-d]", "abc", true),
        ("ab[e-g]", "abc", false), ("ab[^c]", "abc", false), ("ab[^b-d]", "abc", false),
        ("ab[^e-g]", "abc", true), ("a\\*b", "a*b", true),
        ("a\\*b", "ab", false), ("a?b", "a☺b", true), ("a[^a]b", "a☺b", true), ("a???b", "a☺b", false),
        ("a[^a][^a][^a]b", "a☺b", false),
        ("[a-ζ]*", "α", true), ("*[a-ζ]", "A", false), ("a?b", "a/b", false), ("a*b", "a/b", false),
        ("[\\]a]", "]", true), ("[\\-]", "-", true),
        ("[x\\-]", "x", true), ("[x\\-]", "z", false), ("[\\-x]", "a", false), ("*x", "xxx", true),
        ("", "", true), ("", "a", false), ("*", "", true),
    ])
    func `matches as Go's`(pattern: String, path: String, matches: Bool) throws {
        #expect(try #require(PathPattern(pattern)).matches(path) == matches)
    }

    @Test(arguments: ["[]a]", "[-]", "[x-]", "[-x]", "a[", "[a-b-c]", "[", "[^", "[^bc", "a\\", "[\\"])
    func `that is malformed is none`(pattern: String) { #expect(PathPattern(pattern) == nil) }

    @Test(arguments: [
        ("a//b/./c/..", "a/b"), ("", "."), ("/..", "/"), ("../a/..", ".."), ("a/../..", ".."), ("/", "/"),
        ("./", "."), ("a/", "a"),
    ])
    func `has a clean path`(path: String, expected: String) { #expect(path.cleanedPath == expected) }
}
