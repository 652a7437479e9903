import Dockerfile
import Testing

/// What the reference implementation makes of a word.
private struct ExpansionVector: Decodable {
    var input: String
    var env: [String]
    var escape: String
    var rawQuotes: Bool?
    var skipUnsetEnv: Bool?
    var word: String?
    var words: [String]?
    var matched: [String]?
    var unmatched: [String]?
    var error: String?
}

private let variables = ["a": "1", "path": "/usr/local/bin/prog.tar.gz", "lines": "one\ntwo", "empty": ""]

@Suite("A word's expansion") struct WordExpanderTests {
    @Test func `is BuildKit's`() throws {
        let vectors = try fixture("word-expansion.jsonl", of: ExpansionVector.self)
        #expect(vectors.count == 624)
        for vector in vectors {
            let escape = try #require(EscapeCharacter(rawValue: vector.escape))
            let variables = StageVariables(environment: vector.env).values
            var expander = WordExpander(escape: escape, variables: variables)
            expander.keepsQuotes = vector.rawQuotes ?? false
            expander.keepsUnset = vector.skipUnsetEnv ?? false
            if vector.error != nil {
                #expect(throws: DockerfileError.self, "\(vector)") { try expander.expand(word(vector.input)) }
                continue
            }
            let expansion = try expander.expand(word(vector.input))
            #expect(expansion.text == vector.word, "\(vector)")
            #expect(expansion.words == vector.words ?? [], "\(vector)")
            #expect(expansion.matched == Set(vector.matched ?? []), "\(vector)")
            #expect(expansion.unmatched == Set(vector.unmatched ?? []), "\(vector)")
        }
    }

    @Test(arguments: [
        ("${path##*/}", "prog.tar.gz"), ("${path%%/*}", ""), ("${path#*/*/}", "local/bin/prog.tar.gz"),
        ("${path//[/x}", "/usr/local/bin/prog.tar.gz"), ("${path//?/x}", "xxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("${path//*/x}", "x"), ("${path//r/$a$a}", "/us11/local/bin/p11og.ta11.gz"),
        ("${path//\\*/x}", "/usr/local/bin/prog.tar.gz"), ("${lines#*t}", "one\ntwo"),
        ("${lines%o*}", "one\ntw"),
        ("${lines//?/x}", "xxx\nxxx"), ("${empty//*/x}", "x"), ("${a//x/y}", "1"), ("x${unset:-y}z", "xyz"),
        ("${unset:-\"a}b\"}", "a}b"), ("${a:+'$a'}", "$a"), ("$é", ""), ("${a}é", "1é"), ("\\", ""),
    ])
    func `follows the shell's rules`(text: String, expected: String) throws {
        #expect(try WordExpander(variables: variables).expand(word(text)).text == expected)
    }

    @Test func `splits a variable's value, but keeps what stands next to it`() throws {
        let expander = WordExpander(variables: ["ports": "80 81", "low": "80"])
        #expect(try expander.expand(word("$ports")).words == ["80", "81"])
        #expect(try expander.expand(word("8${unset:-080}/tcp x")).words == ["8080/tcp", "x"])
        #expect(try expander.expand(word("\"$ports\"")).words == ["80 81"])
    }

    @Test(arguments: [
        ("${a", "word:1:1: `${a` cannot be expanded: `}` is missing"),
        ("${unset:?must be there}", "`unset` is not set: must be there"),
        ("${empty:?}", "`empty` is empty"),
        ("'x", "a single quote is not closed"),
        ("\"x", "a double quote is not closed"),
        ("${a^}", "`${a^…}` is not a substitution that Dockerfiles know"),
        ("${a:=x}", "`${a:=…}` is not a substitution"),
        ("${:x}", "`${` should be followed by a name"),
        ("${path#\\x}", "a backslash should stand before `*`, `?` or `\\`"),
        (String(repeating: "${a:-", count: 100_000), "its `${…}` are nested too deeply"),
    ])
    func `that fails says why`(text: String, expected: String) {
        let expander = WordExpander(variables: ["a": "", "empty": "", "path": "x"])
        let error = #expect(throws: DockerfileError.self) { try expander.expand(word(text)) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `cannot fill the memory`() {
        let huge = String(repeating: "x", count: 1 << 20)
        let expander = WordExpander(variables: ["x": huge])
        #expect(throws: DockerfileError.self) { try expander.expand(word("$x$x$x$x$x$x")) }
        #expect(throws: DockerfileError.self) { try expander.expand(word("${x//x/xxxxxxxx}")) }
        #expect(throws: DockerfileError.self) {
            try expander.expand(word("${x#\(String(repeating: "*x", count: 100))}"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `of a hostile pattern ends`() throws {
        let value = String(repeating: "a", count: 20_000)
        let expander = WordExpander(variables: ["x": value])
        let pattern = String(repeating: "*a", count: 50) + "b"
        #expect(try expander.expand(word("${x#\(pattern)}")).text == value)
        #expect(try expander.expand(word("${x%\(pattern)}")).text == value)
        #expect(try expander.expand(word("${x//\(pattern)/}")).text == value)
    }
}
