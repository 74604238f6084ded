import SQLText

/// The text of `mv_templates.query_template`: one SELECT with placeholders for the day, or for a window of days.
public struct QueryTemplate: Equatable, Sendable {
    /// How many days one run of the query reads.
    public enum Span: Equatable, Sendable {
        /// `{TARGET_DATE}`: one.
        case day
        /// `{WINDOW_START}` (the first day) and `{WINDOW_END}` (the day after the last): a slice.
        case window
    }

    private enum Piece: Equatable {
        case text(String)
        /// Inside a string constant the bare date is put in, elsewhere a string constant.
        case date(Placeholder, insideString: Bool)
    }

    private enum Placeholder: String, CaseIterable {
        case day = "{TARGET_DATE}"
        case windowStart = "{WINDOW_START}"
        case windowEnd = "{WINDOW_END}"
    }

    /// How many days one run of the query reads.
    public let span: Span
    private let pieces: [Piece]

    /// Throws `invalidQuery` for a text that is not one query, or that does not say for which day.
    ///
    /// Whether it is valid SQL that returns rows is for the server to say; this makes sure that what the server judges alone is also all
    /// that runs, wherever the text is put.
    public init(parsing text: String) throws(ReportError) {
        var tokens = try ReportError.tokens(of: text, else: .invalidQuery)
        while let last = tokens.last, !last.isSignificant || last.isSymbol(";") { tokens.removeLast() }
        guard let first = tokens.first(where: \.isSignificant) else { throw ReportError(.invalidQuery, "the query is empty") }
        guard !tokens.contains(where: { $0.isSymbol(";") }) else {
            throw ReportError(.invalidQuery, "the query holds more than one statement", hint: "a report is one SELECT")
        }
        let opens = first.isSymbol("(") || ["select", "with", "values", "table"].contains { first.isWord($0) }
        guard opens else {
            throw ReportError(.invalidQuery, "the query does not return rows", hint: "a report is one SELECT or WITH … SELECT")
        }
        var pieces: [Piece] = []
        for token in tokens { pieces += try Self.pieces(of: token) }
        self.pieces = pieces
        let used = Set(pieces.compactMap { if case .date(let placeholder, _) = $0 { placeholder } else { nil } })
        switch used {
        case [.day]: span = .day
        case [.windowStart, .windowEnd]: span = .window
        case []:
            throw ReportError(
                .invalidQuery, "the query has no date placeholder",
                hint: "write {TARGET_DATE}, or {WINDOW_START} and {WINDOW_END}, outside comments and names")
        default:
            throw ReportError(
                .invalidQuery, "the query mixes date placeholders",
                hint: "write {TARGET_DATE} alone, or both {WINDOW_START} and {WINDOW_END}")
        }
    }

    private static func pieces(of token: SQLToken) throws(ReportError) -> [Piece] {
        switch token.kind {
        case .comment: return [.text(" ")]
        case .whitespace, .symbol: return [.text(String(token.text))]
        case .word:
            guard let placeholder = Placeholder(rawValue: String(token.text)) else {
                try refusePlaceholder(in: token, "part of a name")
                return [.text(String(token.text))]
            }
            return [.date(placeholder, insideString: false)]
        case .quotedName:
            try refusePlaceholder(in: token, "part of a name")
            return [.text(String(token.text))]
        case .string, .dollarString:
            return split(String(token.text))
        }
    }

    private static func refusePlaceholder(in token: SQLToken, _ place: String) throws(ReportError) {
        guard let found = Placeholder.allCases.first(where: { token.text.contains($0.rawValue) }) else { return }
        throw ReportError(.invalidQuery, "\(found.rawValue) stands where it is \(place)", hint: "write '\(found.rawValue)'::date")
    }

    private static func split(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let (placeholder, range) = first(in: rest) {
            pieces.append(.text(String(rest[..<range.lowerBound])))
            pieces.append(.date(placeholder, insideString: true))
            rest = rest[range.upperBound...]
        }
        return pieces + [.text(String(rest))]
    }

    private static func first(in text: Substring) -> (Placeholder, Range<String.Index>)? {
        Placeholder.allCases.compactMap { placeholder in text.firstRange(of: placeholder.rawValue).map { (placeholder, $0) } }
            .min { $0.1.lowerBound < $1.1.lowerBound }
    }

    /// The query for the days from `first` up to but without `end`; both are ISO dates and nothing else is put in.
    public func query(from first: String, to end: String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .date(let placeholder, let insideString):
                (insideString ? "" : "'") + (placeholder == .windowEnd ? end : first) + (insideString ? "" : "'")
            }
        }.joined()
    }
}
