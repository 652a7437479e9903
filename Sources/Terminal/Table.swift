/// A piece of text in a table or a list of fields.
package struct Cell: Hashable, Sendable {
    package var text: DisplayText
    package var style: Style?

    /// - Parameter text: `nil` or nothing is shown as a dash.
    package init(_ text: String?, style: Style? = nil) {
        self.text = DisplayText(text.flatMap { $0.isEmpty ? nil : $0 } ?? "-")
        self.style = style
    }
}

/// Rows of cells under titles.
package struct Table: Hashable, Sendable {
    /// What its cells have in common.
    package struct Column: Hashable, Sendable {
        package var title: String
        package var isNumber: Bool
        /// The columns of text that are always left of it; `nil` where it is never shortened.
        package var minimumWidth: Int?

        /// - Parameter isNumber: numbers stand at the right edge.
        package init(_ title: String, isNumber: Bool = false, minimumWidth: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.minimumWidth = minimumWidth
        }
    }

    package var columns: [Column]
    package var rows: [[Cell]]

    /// - Parameter rows: as many cells in each as there are columns.
    package init(_ columns: [Column], rows: [[Cell]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The table's lines: as wide as need be, or as the terminal is where columns can be shortened for it.
    package func lines(on terminal: Terminal) -> [String] {
        let widths = fitted(naturalWidths, to: terminal.width)
        let titles = columns.map { Cell($0.title, style: .bold) }
        return ([titles] + rows).map { line($0, widths, terminal) }
    }

    private static let gap = "  "

    private var naturalWidths: [Int] {
        columns.indices.map { index in
            rows.map { $0[index].text.width }.reduce(columns[index].title.count, max)
        }
    }

    /// Takes columns of text from the widest that can spare some until the line fits.
    private func fitted(_ widths: [Int], to limit: Int?) -> [Int] {
        guard let limit else { return widths }
        var widths = widths
        var excess = widths.reduce(Self.gap.count * (columns.count - 1), +) - limit
        while excess > 0 {
            let spare = columns.indices.filter { index in
                columns[index].minimumWidth.map { widths[index] > max($0, columns[index].title.count) }
                    ?? false
            }
            guard let widest = spare.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ terminal: Terminal) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = cell.text.shortened(to: widths[index])
            let padding = String(repeating: " ", count: widths[index] - text.width)
            let shown = terminal.styled(text.description, cell.style)
            if index > 0 { line += Self.gap }
            if columns[index].isNumber {
                line += padding + shown
            } else {
                line += index == cells.count - 1 ? shown : shown + padding
            }
        }
        return line
    }
}

/// Names with their values, one below the other.
package struct FieldList: Sendable {
    private var fields: [(name: String, values: [Cell])] = []

    package init() {}

    /// Adds a name and its values, a line each; a name without values is left out.
    package mutating func add(_ name: String, _ values: [Cell]) {
        if !values.isEmpty { fields.append((name, values)) }
    }

    /// Adds a name and its value; where that is `nil` or empty, nothing.
    package mutating func add(_ name: String, _ value: String?, style: Style? = nil) {
        guard let value, !value.isEmpty else { return }
        add(name, [Cell(value, style: style)])
    }

    /// The values in one column beside the names; nothing is shortened.
    package func lines(on terminal: Terminal) -> [String] {
        let width = fields.map(\.name.count).max() ?? 0
        return fields.flatMap { name, values in
            values.enumerated().map { index, value in
                let label = index == 0 ? name : ""
                let padding = String(repeating: " ", count: width - label.count + 2)
                return terminal.styled(label, .bold) + padding
                    + terminal.styled(value.text.description, value.style)
            }
        }
    }
}
