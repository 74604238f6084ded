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

    /// A place in the text as it is written.
    public struct Place: Equatable, Sendable {
        /// From 1.
        public fileprivate(set) var line = 1
        /// From 1, in characters as PostgreSQL counts them.
        public fileprivate(set) var column = 1

        fileprivate mutating func advance(over text: some Sequence<Unicode.Scalar>) {
            for scalar in text {
                if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
            }
        }
    }

    private enum Piece: Equatable {
        case text(String)
        /// Inside a string constant the bare date is put in, elsewhere a string constant.
        case date(Placeholder, insideString: Bool)

        /// As it is in the template; of a comment, its place.
        var written: String {
            switch self {
            case .text(let text): text
            case .date(let placeholder, _): placeholder.rawValue
            }
        }

        /// As it is in a query.
        func text(from first: String, to end: String) -> String {
            switch self {
            case .text(let text): text
            case .date(let placeholder, let insideString):
                (insideString ? "" : "'") + (placeholder == .windowEnd ? end : first) + (insideString ? "" : "'")
            }
        }
    }

    private enum Placeholder: String, CaseIterable {
        case day = "{TARGET_DATE}"
        case windowStart = "{WINDOW_START}"
        case windowEnd = "{WINDOW_END}"
    }

    /// How many days one run of the query reads.
    public let span: Span
    private let pieces: [Piece]
    /// Where each piece begins.
    private let places: [Place]

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
        var places: [Place] = []
        var here = Place()
        for token in tokens {
            var place = here
            for piece in try Self.pieces(of: token) {
                pieces.append(piece)
                places.append(place)
                place.advance(over: piece.written.unicodeScalars)
            }
            here.advance(over: token.text.unicodeScalars)
        }
        self.pieces = pieces
        self.places = places
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
        pieces.map { $0.text(from: first, to: end) }.joined()
    }

    /// Where in the template a character of `query(from:to:)` comes from, counted from 1; nil past its end.
    public func place(of character: Int, from first: String, to end: String) -> Place? {
        var left = character - 1
        for (piece, place) in zip(pieces, places) where left >= 0 {
            let text = piece.text(from: first, to: end).unicodeScalars
            guard left < text.count else {
                left -= text.count
                continue
            }
            var found = place
            if case .text = piece { found.advance(over: text.prefix(left)) }
            return found
        }
        return nil
    }
}
