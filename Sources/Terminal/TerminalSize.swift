import Glibc

/// How much a terminal shows at a time.
package struct TerminalSize: Hashable, Sendable {
    package var columns: Int
    package var lines: Int

    package init(columns: Int, lines: Int) { (self.columns, self.lines) = (columns, lines) }

    /// The size of the terminal that is open now; `nil` where it is none, or does not say.
    package init?(ofFileDescriptor fileDescriptor: Int32) {
        var size = winsize()
        guard ioctl(fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        self.init(columns: Int(size.ws_col), lines: Int(size.ws_row))
    }
}
