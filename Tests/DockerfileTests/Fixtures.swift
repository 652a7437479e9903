import Dockerfile
import Foundation
import Testing

/// The lines of a fixture of one JSON document a line.
func fixture<Line: Decodable>(_ name: String, of type: Line.Type) throws -> [Line] {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try text.unicodeScalars.split(separator: "\n").map {
        try decoder.decode(type, from: Data(String($0).utf8))
    }
}

/// A word that stands alone in a file.
func word(_ text: String) -> Word {
    let source = SourceText(text, file: "word")
    let end = SourcePosition(line: 1, column: text.unicodeScalars.count + 1)
    return Word(text, SourceRange(source: source, start: SourcePosition(line: 1, column: 1), end: end))
}

/// The instructions of a stage that stands on `busybox`.
func instructions(_ text: String) throws -> [Instruction] {
    try #require(try Dockerfile(parsing: "FROM busybox\n" + text).stages.first).instructions
}

/// The only instruction of a stage.
func instruction(_ text: String) throws -> Instruction {
    let all = try instructions(text)
    try #require(all.count == 1)
    return all[0]
}
