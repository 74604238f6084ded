import FoundationEssentials
import Glibc
import PlainText
import Synchronization

/// Progress, logs and errors. On a terminal the last lines can be a drawing that the next one replaces; whatever is written in between
/// takes its place, and the drawing comes back below it.
enum StandardError {
    /// Lines of the drawing on the screen.
    private static let drawnLines = Mutex(0)

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether lines can be drawn anew: a terminal that moves its cursor, and nobody who asks for plain output (https://no-color.org).
    static var canDraw: Bool {
        func value(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return isTerminal && !["", "dumb"].contains(value("TERM")) && value("NO_COLOR").isEmpty
    }

    /// Columns and rows of the terminal; nil where there is none, or one that does not tell.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    static func write(_ text: String) {
        drawnLines.withLock { drawn in
            put(erasing(drawn) + PlainText.lines(text))
            drawn = 0
        }
    }

    /// Replaces the drawing. Only where `canDraw`: the lines must be no longer than the terminal is wide.
    static func draw(_ lines: [String]) {
        drawnLines.withLock { drawn in
            put(erasing(drawn) + lines.map { PlainText.line($0) + "\n" }.joined())
            drawn = lines.count
        }
    }

    /// Leaves the drawing on the screen for good.
    static func keepDrawing() { drawnLines.withLock { $0 = 0 } }

    /// Back up and erase to the end of the screen (ECMA-48 CPL and ED).
    private static func erasing(_ lines: Int) -> String { lines > 0 ? "\u{1b}[\(lines)F\u{1b}[J" : "" }

    private static func put(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// Results: for people, or one JSON document.
enum StandardOutput {
    /// Writes a line, or lines.
    static func print(_ text: String = "") { Swift.print(PlainText.lines(text)) }

    static func writeJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(PlainText.json(String(decoding: try encoder.encode(value), as: UTF8.self)))
    }
}
