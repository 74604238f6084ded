/// Text that others wrote, a server or whoever named a report, as it can be shown.
///
/// Control characters steer a terminal, bidirectional ones show something else than what is there (CVE-2024-10977, CVE-2021-42574), and line
/// separators make two lines of one. Whatever goes to a terminal, a log, a JSON document or a table of the warehouse goes through here.
public enum PlainText {
    /// Whether a scalar is no sign to be read: general categories Cc, Cf, Zl and Zp of Unicode, but for the two that join letters (Persian,
    /// Indic scripts, emoji) and no more, U+200C and U+200D.
    public static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar != "\u{200c}", scalar != "\u{200d}" else { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// One line: a replacement character stands for each that is unseen, tabs and line breaks too.
    public static func line(_ text: String) -> String { replacing(in: text) { isUnseen($0) } }

    /// Lines: as `line`, but that tabs and line breaks stay, of which Windows' become `\n`.
    public static func lines(_ text: String) -> String {
        replacing(in: text.replacing("\r\n", with: "\n")) { isUnseen($0) && $0 != "\n" && $0 != "\t" }
    }

    /// A JSON document with those escaped that an encoder leaves as they are; it says what it said (RFC 8259, section 7).
    public static func json(_ document: String) -> String {
        guard !isPlain(document.utf8) else { return document }
        var escaped = ""
        for scalar in document.unicodeScalars {
            if isUnseen(scalar), scalar != "\n" {
                for unit in scalar.utf16 {
                    let digits = String(unit, radix: 16)
                    escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func replacing(in text: String, where isReplaced: (Unicode.Scalar) -> Bool) -> String {
        guard !isPlain(text.utf8) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars { shown.unicodeScalars.append(isReplaced(scalar) ? "\u{fffd}" : scalar) }
        return shown
    }

    /// Most text is ASCII, and goes on as it is.
    private static func isPlain(_ bytes: String.UTF8View) -> Bool { bytes.allSatisfy { (0x20..<0x7f).contains($0) } }
}
