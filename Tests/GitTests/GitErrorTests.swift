@testable import Git
import Testing

@Suite("A Git error") struct GitErrorTests {
    @Test func `completes a sentence`() {
        let error = GitError(operation: "fetch", message: "no route")
        #expect("\(error)" == "could not fetch: no route")
    }
}
