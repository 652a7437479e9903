import Git
import Testing

@Suite("A Git error") struct GitErrorTests {
    @Test func `completes a sentence`() {
        let error = GitError(.network, "fetch from `x`", message: "no route")
        #expect("\(error)" == "could not fetch from `x`: no route")
    }

    @Test(arguments: [
        (GitError.Reason.network, true), (.timedOut, true), (.locked, true), (.notFound, false),
        (.authentication, false), (.malformed, false), (.corrupt, false),
    ])
    func `tells the world's faults from the user's`(reason: GitError.Reason, isTransient: Bool) {
        #expect(GitError(reason, "read", message: "x").isTransient == isTransient)
    }
}
