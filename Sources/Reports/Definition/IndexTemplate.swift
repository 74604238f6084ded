import SQLText

/// One CREATE INDEX of `mv_templates.indexes`, to be made on every day table.
///
/// Only its beginning is understood and written anew, with the table and a name that fits; the rest, from the column list or USING on,
/// stays as it is but for `{TARGET_DATE}`, the only thing in it that differs from day to day.
///
/// PostgreSQL runs functions of an index with the rights of the table's owner, which is the engine. So what the rest names may be qualified
/// with `pg_catalog` or `public` only; whether `public` is searched for it is asked for each publication, see `needsPublic`.
public struct IndexTemplate: Equatable, Sendable {
    /// The columns of a unique index over plain columns and all rows; nil for any other.
    public let uniqueColumns: [String]?
    /// Whether something in it may be found in the schema public only: an expression, an operator class, another access method. What is
    /// `false` names plain columns and no more.
    public let needsPublic: Bool
    /// Whether it names a function or an operator of the schema public, which whoever may create something there can have put there.
    public let runsCodeInPublic: Bool
    private let isUnique: Bool
    /// As written, with placeholders; nil lets PostgreSQL choose.
    private let nameTemplate: String?
    private let rest: [Piece]

    private struct Piece: Equatable, Sendable {
        let text: String
        /// The day goes into it without quotes of its own.
        let isString: Bool
    }

    /// The statements of a text, separated by semicolons.
    ///
    /// Throws `invalidIndexes` for anything but CREATE [UNIQUE] INDEX on the day's table, and for names in other schemas.
    public static func parse(_ text: String) throws(ReportError) -> [IndexTemplate] {
        var templates: [IndexTemplate] = []
        for statement in try ReportError.tokens(of: text, else: .invalidIndexes).filter(\.isSignificantOrSpace).split(whereSeparator: {
            $0.isSymbol(";")
        }) {
            guard statement.contains(where: \.isSignificant) else { continue }
            templates.append(try IndexTemplate(statement))
        }
        return templates
    }

    private init(_ statement: ArraySlice<SQLToken>) throws(ReportError) {
        var tokens = statement.drop { !$0.isSignificant }
        func take() -> SQLToken? {
            defer { tokens = tokens.dropFirst().drop { !$0.isSignificant } }
            return tokens.first
        }
        func take(_ word: String) -> Bool {
            guard tokens.first?.isWord(word) == true else { return false }
            _ = take()
            return true
        }
        let wrong = ReportError(
            .invalidIndexes, "an index statement is not CREATE [UNIQUE] INDEX name ON {SCHEMA}.{VIEW_NAME} (…)",
            hint: "statements are separated by semicolons; CONCURRENTLY is not possible while a day is published")
        guard take("create") else { throw wrong }
        isUnique = take("unique")
        guard take("index"), !take("concurrently") else { throw wrong }
        if take("if") { guard take("not"), take("exists") else { throw wrong } }
        if tokens.first?.isWord("on") == true {
            nameTemplate = nil
        } else {
            guard let token = take(), let name = Self.template(of: token) else { throw wrong }
            nameTemplate = name
        }
        guard take("on") else { throw wrong }
        _ = take("only")
        // The table: one name or two with a point between. It is always the day's, which the last one has to say.
        guard var table = take(), Self.template(of: table) != nil else { throw wrong }
        if tokens.first?.isSymbol(".") == true {
            _ = take()
            guard let second = take(), Self.template(of: second) != nil else { throw wrong }
            table = second
        }
        guard table.text.contains("{VIEW_NAME}") else {
            throw ReportError(
                .invalidIndexes, "an index is on \(table.text), and the table of a day is {VIEW_NAME}",
                hint: "write CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (…)")
        }
        guard let next = tokens.first, next.isSymbol("(") || next.isWord("using") else { throw wrong }
        try Self.refuseOtherSchemas(in: tokens.filter(\.isSignificant))
        let columns = Self.plainColumns(of: tokens.filter(\.isSignificant))
        uniqueColumns = isUnique ? columns : nil
        needsPublic = columns == nil
        runsCodeInPublic = Self.runsCodeInPublic(tokens.filter(\.isSignificant))
        rest = tokens.map { Piece(text: String($0.text), isString: $0.kind != .word) }
    }

    private static func refuseOtherSchemas(in tokens: [SQLToken]) throws(ReportError) {
        // Before a point stands a schema, or the digits of a number, or the parenthesis of a composite value.
        for (token, next) in zip(tokens, tokens.dropFirst()) where next.isSymbol(".") && token.kind != .symbol {
            guard token.name == "pg_catalog" || token.name == "public" else {
                throw ReportError(
                    .invalidIndexes, "an index uses \(token.text)., and only pg_catalog and public are open to it",
                    hint: "functions and operator classes are found without a schema; columns are named alone")
            }
        }
    }

    /// What is named in public is a function, an operator or a type, whose domain may have a check, unless it stands where operator classes and
    /// collations do: after a column or an expression, and before the end of it.
    private static func runsCodeInPublic(_ tokens: [SQLToken]) -> Bool {
        zip(tokens.indices.dropLast(), tokens).contains { place, token in
            guard token.name == "public", tokens[place + 1].isSymbol("."), place > 0, place + 3 < tokens.count else { return false }
            let (before, name, after) = (tokens[place - 1], tokens[place + 2], tokens[place + 3])
            let followsColumn = before.isSymbol(")") || before.name != nil && !before.isWord("as")
            return !(followsColumn && name.name != nil && (after.name != nil || after.isSymbol(")") || after.isSymbol(",")))
        }
    }

    /// The names in `(a, b)` or `USING btree (a, b)`; nil when there is more, such as an expression, INCLUDE or WHERE.
    private static func plainColumns(of tokens: [SQLToken]) -> [String]? {
        var tokens = tokens[...]
        if tokens.first?.isWord("using") == true {
            guard tokens.dropFirst().first?.isWord("btree") == true else { return nil }
            tokens = tokens.dropFirst(2)
        }
        guard tokens.popFirst()?.isSymbol("(") == true else { return nil }
        var names: [String] = []
        while let name = tokens.popFirst()?.name, let next = tokens.popFirst() {
            names.append(name)
            if next.isSymbol(")") { return tokens.isEmpty ? names : nil }
            guard next.isSymbol(",") else { return nil }
        }
        return nil
    }

    /// A name before its placeholders are filled in: those keep their capitals, the rest folds as PostgreSQL folds it.
    private static func template(of token: SQLToken) -> String? {
        guard token.kind == .word else { return token.name }
        var isPlaceholder = false
        return String(
            token.text.map { character in
                if character == "{" { isPlaceholder = true }
                defer { if character == "}" { isPlaceholder = false } }
                return isPlaceholder ? character : Character(character.lowercased())
            })
    }

    /// The statement that makes this index on `table` of `schema`, which holds `day` (ISO).
    public func statement(schema: String, table: String, day: String) -> String {
        let name = nameTemplate.map {
            SQL.identifier(
                SQL.fittedName(
                    $0.replacing("{SCHEMA}", with: schema).replacing("{VIEW_NAME}", with: table).replacing("{TARGET_DATE}", with: day)))
        }
        let rest = rest.map { $0.text.replacing("{TARGET_DATE}", with: $0.isString ? day : SQL.literal(day)) }.joined()
        return "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(name ?? "") ON \(SQL.identifier(schema, table)) \(rest)"
    }
}

extension SQLToken {
    /// Comments go; white space stays, because the rest of a statement is used as written.
    fileprivate var isSignificantOrSpace: Bool { kind != .comment }
}
