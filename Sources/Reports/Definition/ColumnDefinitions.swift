import SQLText

/// The text of `mv_templates.column_definitions`, such as `id integer, store text, weight numeric(12,3)`, taken apart.
public struct ColumnDefinitions: Equatable, Sendable {
    /// A name and the text of its type, which only the server can judge.
    public struct Entry: Equatable, Sendable {
        /// As it will be in the catalogue.
        public let name: String
        /// As written.
        public let type: String
    }

    /// In the order written.
    public let entries: [Entry]

    /// Throws `invalidColumns` for a definition without a name or a type, a name over 63 bytes, and a name given twice.
    public init(parsing text: String) throws(ReportError) {
        var entries: [Entry] = []
        for part in Self.parts(of: try ReportError.tokens(of: text, else: .invalidColumns)) {
            guard let start = part.firstIndex(where: \.isSignificant), let name = part[start].name, !name.isEmpty else {
                throw ReportError(
                    .invalidColumns, "column definition \(entries.count + 1) has no name", hint: "write name type, name type, …")
            }
            // Numbers are a token a digit: only as written does 12 stay 12.
            let type = part[(start + 1)...].trimmed.map { $0.kind == .comment ? " " : $0.text }.joined()
            guard !type.isEmpty else { throw ReportError(.invalidColumns, "column \(name) has no type") }
            guard name.utf8.count <= SQL.maximumNameLength else {
                throw ReportError(.invalidColumns, "column \(name) has a name of more than \(SQL.maximumNameLength) bytes")
            }
            guard !entries.contains(where: { $0.name == name }) else {
                throw ReportError(.invalidColumns, "column \(name) is defined twice")
            }
            entries.append(Entry(name: name, type: type))
        }
        guard entries.count <= 1599 else { throw ReportError(.invalidColumns, "\(entries.count) columns are more than a table can have") }
        self.entries = entries
    }

    /// Split at the commas outside parentheses.
    private static func parts(of tokens: [SQLToken]) -> [[SQLToken]] {
        var parts: [[SQLToken]] = [[]]
        var depth = 0
        for token in tokens {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            if token.isSymbol(","), depth == 0 {
                parts.append([])
            } else {
                parts[parts.count - 1].append(token)
            }
        }
        // A comma at the very end is forgiven.
        if parts.count > 1, parts.last?.contains(where: \.isSignificant) == false { parts.removeLast() }
        return parts
    }
}

extension ArraySlice<SQLToken> {
    /// Without white space and comments at both ends.
    fileprivate var trimmed: ArraySlice<SQLToken> {
        guard let first = firstIndex(where: \.isSignificant), let last = lastIndex(where: \.isSignificant) else { return [] }
        return self[first...last]
    }
}
