import Dockerfile
import Testing

@Suite("A source position") struct SourcePositionTests {
    @Test func `is its line and column`() {
        #expect(SourcePosition(line: 3, column: 1) == SourcePosition(line: 3, column: 1))
    }
}
