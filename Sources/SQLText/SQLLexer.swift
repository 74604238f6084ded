/// Splits a SQL text into tokens that, put together again, are the text. Pure; fails only on a quote or comment left open.
///
/// It reads as PostgreSQL's scanner does (`src/backend/parser/scan.l`): anything beyond ASCII is part of a word.
public struct SQLLexer {
    /// What was left open: "string", "name" or "comment".
    public struct Unterminated: Error, Equatable, Sendable {
        /// "string", "name" or "comment"
        public let what: String
    }

    private let text: String
    private var position: String.Index

    private init(_ text: String) {
        self.text = text
        position = text.startIndex
    }

    /// All tokens in order.
    public static func tokens(of text: String) throws(Unterminated) -> [SQLToken] {
        var lexer = SQLLexer(text)
        var tokens: [SQLToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private mutating func next() throws(Unterminated) -> SQLToken? {
        guard let first = peek() else { return nil }
        let start = position
        let kind = try scan(first)
        return SQLToken(kind: kind, text: text[start..<position])
    }

    private mutating func scan(_ first: Unicode.Scalar) throws(Unterminated) -> SQLToken.Kind {
        switch first {
        case " ", "\t", "\n", "\r", "\u{c}":
            skip { " \t\n\r\u{c}".unicodeScalars.contains($0) }
            return .whitespace
        case "-" where peek(1) == "-":
            skip { $0 != "\n" && $0 != "\r" }
            return .comment
        case "/" where peek(1) == "*":
            try skipBlockComment()
            return .comment
        case "'":
            try skipQuoted("'", backslash: false, what: "string")
            return .string
        case "\"":
            try skipQuoted("\"", backslash: false, what: "name")
            return .quotedName
        case "$":
            return try scanDollar()
        case _ where Self.startsWord(first):
            return try scanWord(first)
        default:
            advance()
            return .symbol
        }
    }

    /// A word, or a string constant with a prefix: `E'…'` takes backslash escapes; `B`, `X`, `N` and `U&` do not.
    private mutating func scanWord(_ first: Unicode.Scalar) throws(Unterminated) -> SQLToken.Kind {
        if "eEbBxXnN".unicodeScalars.contains(first), peek(1) == "'" {
            advance()
            let escapes = first == "e" || first == "E"
            let doubles = !"bBxX".unicodeScalars.contains(first)
            repeat { try skipQuoted("'", backslash: escapes, doubled: doubles, what: "string") } while escapes && continuesString()
            return .string
        }
        if first == "u" || first == "U", peek(1) == "&", let quote = peek(2), quote == "'" || quote == "\"" {
            advance(2)
            try skipQuoted(quote, backslash: false, what: quote == "'" ? "string" : "name")
            return quote == "'" ? .string : .quotedName
        }
        skip { Self.startsWord($0) || Self.isDigit($0) || $0 == "$" || $0 == "}" }
        return .word
    }

    private static func startsWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "{" || !scalar.isASCII || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private mutating func scanDollar() throws(Unterminated) -> SQLToken.Kind {
        let rest = text.unicodeScalars[position...].dropFirst()
        let tag = rest.prefix { $0 != "{" && (Self.startsWord($0) || Self.isDigit($0)) }
        guard rest.dropFirst(tag.count).first == "$", tag.first.map(Self.isDigit) != true else {
            advance()
            return .symbol
        }
        let delimiter = Array("$\(Substring(tag))$".unicodeScalars)
        advance(delimiter.count)
        while position < text.endIndex {
            if text.unicodeScalars[position...].starts(with: delimiter) {
                advance(delimiter.count)
                return .dollarString
            }
            advance()
        }
        throw Unterminated(what: "string")
    }

    private mutating func skipQuoted(
        _ quote: Unicode.Scalar, backslash: Bool, doubled: Bool = true, what: String
    ) throws(Unterminated) {
        advance()
        while let scalar = peek() {
            advance()
            if scalar == "\\", backslash {
                advance()
            } else if scalar == quote {
                // A doubled quote stands for one and the constant goes on, except in a bit string.
                guard doubled, peek() == quote else { return }
                advance()
            }
        }
        throw Unterminated(what: what)
    }

    /// Whether the constant goes on after a line end, and if so, moves to the quote there. Its continuation takes backslash escapes when
    /// its beginning does, so it must not be read as a constant of its own (PostgreSQL manual, "String Constants").
    private mutating func continuesString() -> Bool {
        let end = position
        var hasLineEnd = false
        while let scalar = peek() {
            switch scalar {
            case "'" where hasLineEnd: return true
            case "\n", "\r": hasLineEnd = true
            case " ", "\t", "\u{c}": break
            case "-" where peek(1) == "-":
                skip { $0 != "\n" && $0 != "\r" }
                continue
            default:
                position = end
                return false
            }
            advance()
        }
        position = end
        return false
    }

    /// Block comments nest in PostgreSQL.
    private mutating func skipBlockComment() throws(Unterminated) {
        var depth = 0
        while let scalar = peek() {
            switch (scalar, peek(1)) {
            case ("/", "*"):
                depth += 1
                advance(2)
            case ("*", "/"):
                depth -= 1
                advance(2)
                if depth == 0 { return }
            default: advance()
            }
        }
        throw Unterminated(what: "comment")
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        text.unicodeScalars[position...].dropFirst(distance).first
    }

    private mutating func advance(_ distance: Int = 1) {
        let scalars = text.unicodeScalars
        position = scalars.index(position, offsetBy: distance, limitedBy: scalars.endIndex) ?? scalars.endIndex
    }

    private mutating func skip(while condition: (Unicode.Scalar) -> Bool) {
        while let scalar = peek(), condition(scalar) { advance() }
    }
}
