import Git
import Testing

@Suite("An object id") struct ObjectIDTests {
    @Test func `is written as it was read`() throws {
        let text = "00ff0a1b2c3d4e5f60718293a4b5c6d7e8f90001"
        let id = try ObjectID(text)
        #expect(id.description == text)
        #expect(id.short == "00ff0a1b2c3d")
        #expect(try ObjectID(text.uppercased()) == id)
        #expect(try ObjectID(String(repeating: "0", count: 40)) != id)
    }

    @Test(arguments: [
        "", "00ff", String(repeating: "0", count: 41), String(repeating: "g", count: 40),
        "+" + String(repeating: "0", count: 39), String(repeating: "é", count: 20),
    ])
    func `refuses malformed text`(text: String) throws {
        let error = #expect(throws: GitError.self) { try ObjectID(text) }
        #expect(error?.reason == .malformed)
    }
}
