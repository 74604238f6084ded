/// One lexical element of a SQL text (PostgreSQL manual, "Lexical Structure").
public struct SQLToken: Equatable, Sendable {
    /// What a token is.
    public enum Kind: Equatable, Sendable {
        /// Key word or name without quotes; a `{PLACEHOLDER}` counts as a part of it.
        case word
        /// `"name"`, quotes included.
        case quotedName
        /// A string constant of any form but dollar quoting, prefix and quotes included.
        case string
        /// `$tag$…$tag$`
        case dollarString
        /// To the end of the line, or a nested block.
        case comment
        /// Blanks and line ends.
        case whitespace
        /// Numbers, operators, parentheses, commas, semicolons: one scalar each.
        case symbol
    }

    /// What it is.
    public let kind: Kind
    /// As written.
    public let text: Substring

    /// Neither white space nor a comment.
    public var isSignificant: Bool { kind != .whitespace && kind != .comment }
    /// Whether it is this key word, given in lower case.
    public func isWord(_ word: String) -> Bool { kind == .word && folded == word }
    /// Whether it is this symbol.
    public func isSymbol(_ symbol: Unicode.Scalar) -> Bool { kind == .symbol && text.unicodeScalars.first == symbol }

    /// The name that it stands for: case folded without quotes, as it is within them; nil when it is not a name.
    public var name: String? {
        switch kind {
        case .word: return folded
        case .quotedName where text.unicodeScalars.first == "\"":
            var name = String.UnicodeScalarView()
            var isSecondQuote = false
            for scalar in text.unicodeScalars.dropFirst().dropLast() {
                isSecondQuote = scalar == "\"" && !isSecondQuote
                if !isSecondQuote { name.append(scalar) }
            }
            return String(name)
        default: return nil
        }
    }

    /// In lower case as far as it is ASCII: PostgreSQL folds no other letter in an encoding of several bytes a character.
    private var folded: String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar($0.value | 0x20) ?? $0 : $0 }))
    }
}
