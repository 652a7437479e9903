/// Lines at the end of a terminal that are drawn over as they change.
///
/// Only what is to be written is made here. The cursor is hidden for no longer than one drawing takes, so that a program
/// that is killed leaves a whole terminal behind.
package struct LiveArea: Sendable {
    private var drawn: [String] = []

    package init() {}

    /// The text that draws the lines over those of the last time; its own last line break is left to the writer.
    ///
    /// - Parameters:
    ///   - lines: each no wider than the terminal; together fewer than it has lines.
    ///   - above: lines that stay for good, above the area.
    /// - Returns: `nil` where nothing changed.
    package mutating func drawing(of lines: [String], above: [String] = []) -> String? {
        guard lines != drawn || !above.isEmpty else { return nil }
        let back = drawn.isEmpty ? "" : "\u{1B}[\(drawn.count)A\r"
        drawn = lines
        // Each line is overwritten before the rest of it is erased: nothing flickers.
        let text = (above + lines).joined(separator: "\u{1B}[K\n")
        return "\u{1B}[?25l" + back + text + "\u{1B}[J\u{1B}[?25h"
    }

    /// Lets what was drawn stay: the next drawing begins below it.
    package mutating func release() { drawn = [] }
}
