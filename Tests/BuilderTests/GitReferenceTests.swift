import Builder
import Testing

@Suite("A Git reference") struct GitReferenceTests {
    @Test(
        arguments: [
            ("https://host/a/b.git", "https://host/a/b.git", nil, ""),
            ("https://host/a/b.git#main", "https://host/a/b.git", "main", ""),
            ("http://host/b.git#:dir", "http://host/b.git", nil, "dir"),
            ("HTTPS://host/b.git#v1:/x/../y/./z/", "https://host/b.git", "v1", "y/z"),
            ("https://u:p@host:8443/b.git#feature/x:a:b", "https://u:p@host:8443/b.git", "feature/x", "a:b"),
            ("git://host/any", "git://host/any", nil, ""),
            ("ssh://git@host/any#r", "ssh://git@host/any", "r", ""),
            ("git@host:a/b.git#r:d", "git@host:a/b.git", "r", "d"), ("me_2@h-1.x:p", "me_2@h-1.x:p", nil, ""),
            ("https://host/b%2Egit#a%20b", "https://host/b%2Egit", "a b", ""),
            ("https://host/b.git?ref=v1&subdir=a/b", "https://host/b.git", "v1", "a/b"),
            ("https://host/b.git?tag=v1", "https://host/b.git", "refs/tags/v1", ""),
            ("https://host/b.git?branch=refs/heads/x", "https://host/b.git", "refs/heads/x", ""),
            ("git@host:b?branch=x", "git@host:b", "refs/heads/x", ""),
            ("https://host/b.git?ref=v1#v1", "https://host/b.git", "v1", ""),
            ("https://host/b.git#../..", "https://host/b.git", "../..", ""),
        ] as [(String, String, String?, String)])
    func `is read as BuildKit reads it`(text: String, remote: String, name: String?, folder: String) throws {
        let reference = try #require(try GitReference(text))
        #expect(reference.remote == remote)
        #expect(reference.reference == name)
        #expect(reference.folder == folder)
        #expect(reference.hasSubmodules && reference.checksum == nil)
    }

    @Test(arguments: [
        "", "file.txt", "./x@host:y", "../b.git", "https://host/file", "https://host/b.git/",
        "http://host/b.git.tar",
        "ftp://host/b.git", "file:///b.git", "https:///b.git", "@host:x", "us er@host:x", "host:x", "a@b@c:d",
        "https://host/b.git%", "github.com/a/b",
    ])
    func `is nothing else`(text: String) throws { #expect(try GitReference(text) == nil) }

    @Test func `carries what the query says`() throws {
        let text = "https://h/b.git?checksum=abc&keep-git-dir&submodules=0&fetch-by-commit=true&mtime=commit"
        let reference = try #require(try GitReference(text))
        #expect(reference.checksum == "abc" && reference.keepsGitDirectory == true)
        #expect(!reference.hasSubmodules && reference.isFetchedByCommit)
        #expect(try GitReference("https://h/b.git?commit=abc")?.checksum == "abc")
        #expect(try GitReference("https://h/b.git?keep-git-dir=false")?.keepsGitDirectory == false)
    }

    @Test(arguments: [
        ("ref=a#b", "it names two references, `a` and `b`"),
        ("tag=a&branch=b", "it names a branch and a tag"),
        ("ref=a&tag=b", "it names two references, `a` and `refs/tags/b`"), ("ref=", "`ref` has no value"),
        ("subdir=a#:b", "it names two folders, `b` and `a`"), ("what=x", "the unknown parameter `what`"),
        ("submodules=maybe", "`submodules` is `maybe`"), ("mtime=now", "`mtime` is `now`"),
    ])
    func `refuses what makes no sense`(query: String, message: String) throws {
        let error = #expect(throws: BuildError.self) { try GitReference("https://h/b.git?\(query)") }
        let text = error?.message ?? ""
        // Which of two references is named first depends on where they stand.
        let isTold =
            text.contains(message)
            || message.contains("two references, `a` and `b`") && text.contains("`b` and `a`")
        #expect(isTold, "\(text)")
    }
}
