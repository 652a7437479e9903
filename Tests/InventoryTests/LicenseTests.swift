@testable import Inventory
import Testing

@Suite("A license") struct LicenseTests {
    @Test(arguments: [
        ("MIT", "MIT"), ("mit", "MIT"), ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("(mit or apache-2.0) and ISC", "(MIT OR Apache-2.0) AND ISC"), ("GPL-2.0+", "GPL-2.0+"),
        (
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "GPL-2.0-or-later WITH Classpath-exception-2.0"
        ),
        ("", "NOASSERTION"), (" \n", "NOASSERTION"), ("UNKNOWN", "NOASSERTION"), ("NONE", "NONE"),
    ])
    func `in SPDX's words is an expression`(text: String, expression: String) {
        var references = LicenseReferences()
        #expect(references.expression(for: text) == expression)
        #expect(references.texts == [:])
    }

    @Test(arguments: [
        ("GPLv2+ and MIT", "LicenseRef-GPLv2- AND MIT", ["LicenseRef-GPLv2-": "GPLv2+"]),
        ("GPL2 MIT", "LicenseRef-GPL2-MIT", ["LicenseRef-GPL2-MIT": "GPL2 MIT"]),
        ("MIT AND", "LicenseRef-MIT-AND", ["LicenseRef-MIT-AND": "MIT AND"]),
        ("(MIT", "LicenseRef--MIT", ["LicenseRef--MIT": "(MIT"]),
        ("MIT)", "LicenseRef-MIT-", ["LicenseRef-MIT-": "MIT)"]),
        ("()", "LicenseRef--", ["LicenseRef--": "()"]),
        ("LicenseRef-x", "LicenseRef-x", ["LicenseRef-x": "LicenseRef-x"]),
        ("MIT WITH foo", "LicenseRef-MIT-WITH-foo", ["LicenseRef-MIT-WITH-foo": "MIT WITH foo"]),
        ("MIT WITH", "LicenseRef-MIT-WITH", ["LicenseRef-MIT-WITH": "MIT WITH"]),
        ("é", "LicenseRef--", ["LicenseRef--": "é"]),
    ])
    func `that SPDX does not list is kept as it is`(
        text: String, expression: String, texts: [String: String]
    ) {
        var references = LicenseReferences()
        #expect(references.expression(for: text) == expression)
        #expect(references.texts == texts)
    }

    @Test func `has a name of its own`() {
        var references = LicenseReferences()
        let names = ["a b", "a/b", "a b"].map { references.expression(for: $0) }
        #expect(names == ["LicenseRef-a-b", "LicenseRef-a-b-2", "LicenseRef-a-b"])
    }

    @Test func `may not nest without end`() {
        var references = LicenseReferences()
        let deep = String(repeating: "(", count: 10_000) + "MIT" + String(repeating: ")", count: 10_000)
        #expect(references.expression(for: deep).hasPrefix("LicenseRef-"))
    }
}
