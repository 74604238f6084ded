/// SQL names and constants, written so that any text is a name or a constant and nothing else.
///
/// All of it works on Unicode scalars: a quote followed by a combining mark is one `Character` that is not a quote.
public enum SQL {
    /// `name` as a delimited identifier (PostgreSQL manual, "Identifiers and Key Words": any character but NUL, a quote
    /// doubled).
    ///
    /// Text of a Swift `String` is valid UTF-8, which is what makes doubling sufficient (CVE-2025-1094 needs invalid
    /// encoding).
    public static func identifier(_ name: String) -> String { enclosed(name, in: "\"") }

    /// `name` as people write it: delimited only where it has to be.
    public static func shortestIdentifier(_ name: String) -> String {
        let letters = "abcdefghijklmnopqrstuvwxyz_".unicodeScalars
        let isPlain =
            name.unicodeScalars.first.map { letters.contains($0) } == true
            && name.unicodeScalars.allSatisfy { letters.contains($0) || ("0"..."9").contains($0) }
        return isPlain ? name : identifier(name)
    }

    /// `schema.name`, both delimited.
    public static func identifier(_ schema: String, _ name: String) -> String {
        identifier(schema) + "." + identifier(name)
    }

    /// `text` as a string constant, for the places where a statement takes no parameters.
    ///
    /// Relies on `standard_conforming_strings = on`, which every session of the engine sets.
    public static func literal(_ text: String) -> String { enclosed(text, in: "'") }

    private static func enclosed(_ text: String, in quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars where scalar != "\0" {
            if scalar == quote { result.append(quote) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }

    /// An expression for the text that the output function of a column's type makes of it, which is what dblink sends;
    /// NULL for NULL.
    ///
    /// A cast to text is another thing for some types: it makes `true` of `t`, `10.1.2.3/32` of an inet, and cuts
    /// blanks of a character.
    public static func outputText(of column: String) -> String {
        // Not IS NULL, which is true of a composite value whose fields are NULL (PostgreSQL manual, "Comparison
        // Functions and Operators").
        "CASE WHEN \(column) IS DISTINCT FROM NULL THEN pg_catalog.format('%s', \(column)) END"
    }

    /// Longest name in bytes: NAMEDATALEN - 1.
    public static let maximumNameLength = 63

    /// `name` and `end` when both fit into 63 bytes, else the beginning of `name`, a hash of the whole, and `end`, so
    /// that two long names stay two names. PostgreSQL would cut them without a word.
    public static func fittedName(_ name: String, end: String = "") -> String {
        let whole = name + end
        guard whole.utf8.count > maximumNameLength else { return whole }
        let tag = "_" + hash(whole) + end
        var start = name.unicodeScalars
        while String(start).utf8.count + tag.utf8.count > maximumNameLength, !start.isEmpty { start.removeLast() }
        return String(start) + tag
    }

    /// 32 bits of FNV-1a as eight hexadecimal digits.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
