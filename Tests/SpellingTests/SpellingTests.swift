import Spelling
import Testing

@Suite("A misspelt word") struct SpellingTests {
    @Test(arguments: [
        ("stpes", "steps"), ("Build", "build"), ("pussh", "push"), ("triger", "triggers"),
        ("verrion", "version"),
    ])
    func `is near what was meant`(word: String, meant: String) {
        #expect(
            Spelling.nearest(to: word, among: ["steps", "build", "push", "triggers", "version"]) == meant)
    }

    @Test(arguments: ["", "x", "entirely", String(repeating: "a", count: 10_000)])
    func `that is like none has no suggestion`(word: String) {
        #expect(Spelling.nearest(to: word, among: ["steps", "build", "push"]) == nil)
    }
}
