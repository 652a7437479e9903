import BuildHost
import Git
import Glibc
import TestSupport
import Testing

@Suite("Mirrors that processes share", .temporaryDirectory) struct GitMirrorsTests {
    @Test func `are fetched into by one at a time`() async throws {
        let directory = try TemporaryDirectory.required
        let fixture = try GitFixture(at: directory.path("repository"))
        try fixture.commit("First", ["a": "a"])
        let url = try RemoteURL(fixture.path)
        let mirrors = GitMirrors(directory: directory.path("mirrors"))
        try await mirrors.fetch(url)
        // What another process does.
        let lock = open("\(mirrors.path(of: url)).lock", O_RDWR | O_CLOEXEC)
        try #require(flock(lock, LOCK_EX) == 0)
        let error = await #expect(throws: GitError.self) {
            try await Repository.fetch(
                from: url, intoMirror: mirrors.path(of: url), patience: Patience(total: .milliseconds(300)))
        }
        #expect(error?.reason == .timedOut)
        close(lock)
        #expect(try await mirrors.fetch(url).references["refs/heads/main"] != nil)
    }
}
