import Git
import Testing

@Suite("A repository's URL") struct RemoteURLTests {
    @Test(
        arguments: [
            ("/srv/git/app.git", "/srv/git/app.git", nil),
            ("/srv/my code/app", "/srv/my code/app", nil),
            ("file:///srv/app", "file:///srv/app", nil),
            ("https://git.example/app.git", "https://git.example/app.git", "git.example"),
            ("https://ann:s3cret@Git.Example:8443/a/b", "https://Git.Example:8443/a/b", "git.example:8443"),
            ("https://token@git.example/app", "https://git.example/app", "git.example"),
            ("https://a@b:c@d@git.example/app", "https://git.example/app", "git.example"),
            ("git://git.example/app", "git://git.example/app", "git.example"),
        ] as [(String, String, String?)])
    func `is shown without credentials`(text: String, shown: String, host: String?) throws {
        let url = try RemoteURL(text)
        #expect(url.description == shown)
        #expect(url.host == host)
    }

    @Test(arguments: [
        ("", "empty"), ("app", "absolute path"), ("../app", "absolute path"),
        ("https://git.example", "no repository"),
        ("https:///app", "no repository"), ("ftp://git.example/app", "`ftp`"),
        ("file://host/app", "not absolute"),
        ("git@git.example:app.git", "SSH"), ("ssh://git@git.example/app", "SSH"),
        ("https://git.example/a b", "space"), ("/srv/\u{0}app", "space"),
    ])
    func `refuses what names no repository`(text: String, why: String) throws {
        let error = try #require(#expect(throws: GitError.self) { try RemoteURL(text) })
        #expect(error.reason == .malformed)
        #expect(error.message.contains(why))
        #expect(error.hint != nil)
    }

    @Test func `keeps credentials out of its own errors`() throws {
        let error = try #require(
            #expect(throws: GitError.self) { try RemoteURL("https://ann:s3cret@git.example") })
        #expect(!"\(error)".contains("s3cret"))
        #expect(RemoteURL.withoutCredentials("ftp://a:s3cret@h/x") == "ftp://h/x")
        #expect(RemoteURL.withoutCredentials("no URL") == "no URL")
    }

    @Test func `gives the path of a local repository`() throws {
        #expect(try RemoteURL("file:///srv/app").localPath == "/srv/app")
        #expect(try RemoteURL("/srv/app").localPath == "/srv/app")
        #expect(try RemoteURL("https://git.example/app").localPath == nil)
    }

    @Test func `names a mirror that does not depend on credentials`() throws {
        let name = try RemoteURL("https://git.example/app").mirrorName
        #expect(try RemoteURL("https://a:b@git.example/app").mirrorName == name)
        #expect(try RemoteURL("https://git.example/app2").mirrorName != name)
        #expect(name.count == 44 && name.hasSuffix(".git"))
    }
}
