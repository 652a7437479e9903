import OCI
import TestSupport
import Testing

private func parsed(_ text: String) throws(DocumentError) -> JSONValue { try JSONValue(parsing: text.utf8) }

@Suite("A JSON text") struct JSONTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" \t\r\n true ", .bool(true)), ("false", .bool(false)), ("0", .integer(0)),
        ("-0", .integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
        ("1.5", .number(1.5)),
        ("1.0", .integer(1)), ("2e2", .integer(200)), ("25E-1", .number(2.5)), ("1e+23", .number(1e23)),
        ("\"\"", .string("")), (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
        (#""\u0041\u00e9\uD83D\uDE00""#, .string("Aé😀")), (#""\ud83dx\ude00""#, .string("\u{FFFD}x\u{FFFD}")),
        (#""\ud83d\u0041\ud83d\n""#, .string("\u{FFFD}A\u{FFFD}\n")), ("\"é😀\u{7F}\"", .string("é😀\u{7F}")),
        ("[]", .array([])), ("[ 1 , [ ] ]", .array([.integer(1), .array([])])), ("{}", .object([:])),
        (#"{"a":1 , "b" : {}}"#, .object(["a": .integer(1), "b": .object([:])])),
        (#"{"a":1,"a":2}"#, .object(["a": .integer(2)])),
    ])
    func `is its value`(text: String, value: JSONValue) throws { #expect(try parsed(text) == value) }

    @Test(arguments: [
        ("", "expected a value at byte 0, and it ends there"), ("tru", "expected `true` at byte 0"),
        ("nullx", "expected nothing more at byte 4"), ("1 2", "expected nothing more at byte 2"),
        ("01", "expected nothing more at byte 1"), ("-", "expected a value at byte 1"),
        ("1.", "a digit at byte 2"),
        ("1e", "expected a digit at byte 2"), (".5", "expected a value at byte 0"),
        ("+1", "a value at byte 0"),
        ("NaN", "expected a value at byte 0"), ("1e999", "the number at byte 0 is too large"),
        ("[1,]", "expected a value at byte 3"), ("[1", "expected `,` or `]` at byte 2"),
        ("[1}", "`,` or `]` at byte 2"),
        ("{\"a\"}", "expected `:` at byte 4"), ("{a:1}", "expected a name in double quotes at byte 1"),
        ("{\"a\":1,}", "expected a name in double quotes at byte 7"),
        ("{\"a\":1]", "expected `,` or `}` at byte 6"),
        ("\"a", "expected `\"` at byte 2"), ("\"\u{1}\"", "expected no control character at byte 1"),
        ("\"\\x\"", "expected an escaped character at byte 2"),
        ("\"\\u12g4\"", "expected a hexadecimal digit at byte 5"),
        ("\"\\", "expected an escaped character at byte 2"), ("'a'", "expected a value at byte 0"),
        ("\u{FEFF}1", "expected a value at byte 0"), ("// x\n1", "expected a value at byte 0"),
    ])
    func `that is none is refused with the place`(text: String, expected: String) {
        let error = #expect(throws: DocumentError.self) { try parsed(text) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFE, 0xFF, 0, 0x31],
    ])
    func `that is not UTF-8 is refused`(bytes: [UInt8]) {
        #expect(throws: DocumentError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func `can be nested as deeply as documents are, and not deeper`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "{\"a\":[", count: depth / 2) + String(repeating: "]}", count: depth / 2)
        }
        #expect(try String(decoding: parsed(nested(200)).canonical, as: UTF8.self) == nested(200))
        for text in [nested(202), String(repeating: "[", count: 100_000)] {
            let error = #expect(throws: DocumentError.self) { try parsed(text) }
            #expect(error?.description.contains("nested too deeply") == true)
        }
    }

    /// The deep ones took time of their depth squared in a decoder that keeps the path to each value.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            ("[", "1,", "1]"), ("[", "[],", "1]"), ("[", "{\"a\":\"\\u0041\"},", "{}]"),
            ("\"", "\\ud83d\\ude00", "\""),
            ("[", String(repeating: "[", count: 150) + String(repeating: "]", count: 150) + ",", "1]"),
            (
                "[",
                String(repeating: "{\"a\":", count: 150) + "0.5" + String(repeating: "}", count: 150) + ",",
                "1]"
            ),
        ])
    func `of great length takes time of its length`(start: String, middle: String, end: String) throws {
        let text = start + String(repeating: middle, count: (128 << 10) / middle.utf8.count) + end
        let value = try parsed(text)
        #expect(try JSONValue(parsing: value.canonical) == value)
    }

    @Test(.timeLimit(.minutes(5))) func `that was damaged is refused, or is what it says`() throws {
        let digest = "sha256:" + String(repeating: "0a", count: 32)
        let valid = """
            {"schemaVersion":2,"config":{"mediaType":"a/b","digest":"\(digest)","size":2.0e1},"layers":[],
             "manifests":[{"mediaType":"m","digest":"\(digest)","size":1,"platform":{"os":"linux","architecture":"arm"}}],
             "rootfs":{"diff_ids":["\(digest)"]},"history":[{"created_by":"\\u0001\\ud83d\\ude00 é","empty_layer":true}]}
            """
        var random = SeededGenerator(seed: 5)
        let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\", "null", "-", "1e5", "0.", "é"]
        for _ in 0..<500 {
            let bytes = random.mutated(Array(valid.utf8), with: pieces)
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            let canonical = value.canonical
            #expect(try JSONValue(parsing: canonical) == value)
            // A document that can be read can be written, and read again.
            if let manifest = try? ImageManifest(parsing: bytes) {
                #expect(try ImageManifest(parsing: manifest.json.canonical) == manifest)
            }
            if let index = try? ImageIndex(parsing: bytes) {
                #expect(try ImageIndex(parsing: index.json.canonical) == index)
            }
            if let config = try? ImageConfig(parsing: bytes) { _ = config.json.canonical }
        }
    }
}
