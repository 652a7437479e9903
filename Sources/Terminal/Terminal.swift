package import FoundationEssentials
import Glibc

/// What the place that output goes to can show.
package struct Terminal: Hashable, Sendable {
    /// Whether a person reads along; a file or a pipe gets text for programs.
    package var isInteractive: Bool
    /// The columns of a line; `nil` where nothing limits them.
    package var width: Int?
    package var hasColor: Bool
    /// What relative times count from.
    package var now: Date

    package init(isInteractive: Bool, width: Int?, hasColor: Bool, now: Date) {
        self.isInteractive = isInteractive
        self.width = width
        self.hasColor = hasColor
        self.now = now
    }

    /// Looks at an open file.
    ///
    /// Colours are for terminals that are not `dumb`, unless `NO_COLOR` is set to anything (no-color.org).
    package init(fileDescriptor: Int32, environment: [String: String], now: Date = Date()) {
        isInteractive = isatty(fileDescriptor) == 1
        width =
            isInteractive ? Self.columns(of: fileDescriptor) ?? environment["COLUMNS"].flatMap(Int.init) : nil
        let isColorUnwanted = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        hasColor = isInteractive && !isColorUnwanted
        self.now = now
    }

    private static func columns(of fileDescriptor: Int32) -> Int? {
        size(of: fileDescriptor).flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil }
    }

    /// The lines that a terminal shows; `nil` where it is none.
    package static func height(of fileDescriptor: Int32) -> Int? {
        size(of: fileDescriptor).flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil }
    }

    private static func size(of fileDescriptor: Int32) -> winsize? {
        var size = winsize()
        return ioctl(fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }
}

/// How a piece of text stands out, as the number of an ANSI escape (ECMA-48, SGR).
package enum Style: Int, Hashable, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
}

extension Terminal {
    /// The text in the style, where the terminal has colours.
    package func styled(_ text: String, _ style: Style?) -> String {
        guard hasColor, let style, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }
}
