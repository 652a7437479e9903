/// Everything that is wrong with a task file.
package struct TaskFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is wrong; line and column count from 1.
    package struct Problem: Hashable, Sendable {
        package var line: Int
        package var column: Int
        package var message: String
        package var hint: String?

        package init(line: Int, column: Int, message: String, hint: String? = nil) {
            self.line = line
            self.column = column
            self.message = message
            self.hint = hint
        }
    }

    package var file: String
    /// In the order of the file; never empty.
    package var problems: [Problem]

    /// A line a problem: `FILE:LINE:COLUMN: message (hint)`.
    package var description: String {
        problems.map { problem in
            "\(file):\(problem.line):\(problem.column): \(problem.message)"
                + (problem.hint.map { " (\($0))" } ?? "")
        }.joined(separator: "\n")
    }
}
