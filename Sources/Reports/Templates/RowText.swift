import PostgresBinary

/// Names a row to a person by a few of its values.
public enum RowText {
    /// `17, 2025-09-25 00:00:01+00`: the values of some columns of an encoded tuple, whole, in the order of `fields`, which are places of
    /// columns.
    public static func values(_ tuple: RawSpan, _ columns: [ReportColumn], _ fields: [Int]) -> String {
        guard var row = try? FieldCursor(validating: tuple) else { return "" }
        var texts: [Int: String] = [:]
        for (place, column) in columns.prefix(row.fieldCount).enumerated() {
            guard let field = try? row.nextField() else { continue }
            if fields.contains(place) { texts[place] = PostgresType(oid: column.type.oid)?.text(of: field) ?? "\(field.byteCount) bytes" }
        }
        return fields.map { texts[$0] ?? "null" }.joined(separator: ", ")
    }

    /// `id = 17, logged_time = 2025-09-25 00:00:01+00`, of an encoded tuple; each value at most 60 characters.
    public static func describe(_ tuple: RawSpan, _ columns: [ReportColumn], _ shown: [String]) -> String {
        guard var row = try? FieldCursor(validating: tuple) else { return "an unreadable row" }
        var parts: [String] = []
        for column in columns.prefix(row.fieldCount) {
            guard let field = try? row.nextField() else {
                if shown.contains(column.name) { parts.append("\(column.name) is null") }
                continue
            }
            guard shown.contains(column.name) else { continue }
            let text = PostgresType(oid: column.type.wire.oid)?.text(of: field) ?? "\(field.byteCount) bytes"
            parts.append("\(column.name) = \(text.prefix(60))")
        }
        return parts.joined(separator: ", ")
    }
}
