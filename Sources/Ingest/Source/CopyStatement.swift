import Postgres
import Reports
import SQLText

/// Turns reads into the COPYs that make them, once the source has said what they would return.
struct CopyStatement {
    /// One a column.
    let conversions: [Conversion]

    /// Checks the columns that the source describes against those that the report relies on, and finds out what has to
    /// be done where types differ. What is found holds for the same read of other days. Describing locks the tables
    /// until the transaction ends.
    ///
    /// Throws `sourceDrift` naming the columns that are missing, more, in another order, or that cannot become the
    /// declared type.
    init(for read: SourceRead, _ connection: Connection) async throws {
        let found = try await read.described(over: connection)
        try Self.compareNames(found.map(\.name), read)
        let types = try await Self.types(of: found, read, connection)
        conversions = zip(types, read.columns).map { Conversion(of: $0, to: $1) }
        let casts = conversions.enumerated().compactMap { $1.possibleCast(of: "c\($0 + 1)") }
        guard !casts.isEmpty else { return }
        do {
            _ = try await connection.describe("SELECT \(casts.joined(separator: ", ")) FROM \(source(of: read))")
        } catch let error as PostgresError where error.code == .server && !error.isTransient {
            throw ReportError(
                .sourceDrift, "\(read.label): \(error.message)", hint: "change column_definitions, or cast in the query"
            )
        }
    }

    /// The COPY of a read, which is the one described or differs from it in its days only.
    func text(for read: SourceRead) -> String {
        // The line end keeps a comment at the query's end from swallowing the parenthesis.
        "COPY (\(query(of: read))\n) TO STDOUT (FORMAT binary)"
    }

    private func query(of read: SourceRead) -> String {
        guard conversions.contains(where: { $0.method != .none }) else { return read.query }
        let columns = conversions.enumerated().map { $1.expression(for: "c\($0 + 1)") }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(source(of: read))"
    }

    /// Positions stand for names, which a query need not have or can have twice.
    private func source(of read: SourceRead) -> String {
        "(\(read.query)\n) AS report(\(conversions.indices.map { "c\($0 + 1)" }.joined(separator: ", ")))"
    }

    private static func compareNames(_ found: [String], _ read: SourceRead) throws {
        let declared = read.columns.map(\.name)
        guard !found.isEmpty else {
            throw ReportError(.invalidQuery, "\(read.label) returns no rows", hint: "a report is one SELECT")
        }
        guard found.count == declared.count else {
            let missing = declared.filter { !found.contains($0) }
            let added = found.filter { !declared.contains($0) }
            let parts = [("missing", missing), ("not declared", added)].filter { !$0.1.isEmpty }.map {
                "\($0.0): \($0.1.joined(separator: ", "))"
            }
            throw ReportError(
                .sourceDrift,
                "\(read.label) returns \(found.count) columns, \(declared.count) are declared"
                    + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"),
                hint: "make the query and column_definitions agree")
        }
        for (index, name) in declared.enumerated() where found[index] != name {
            guard let place = found.firstIndex(of: name) else { continue }
            throw ReportError(
                .sourceDrift,
                "\(read.label) returns column \(name) in place \(place + 1), it is declared in place \(index + 1)",
                hint: "make the query and column_definitions agree")
        }
    }

    /// The types of the columns as the source's catalogue has them; nothing is asked where all are those of the report.
    private static func types(
        of found: [ColumnDescription], _ read: SourceRead, _ connection: Connection
    ) async throws -> [Conversion.SourceType] {
        let isSame = zip(found, read.columns).allSatisfy { found, column in
            let wire = column.type.wire
            return found.type == wire.oid && (wire.modifier == -1 || wire.modifier == found.modifier)
        }
        if isSame {
            return zip(found, read.columns).map {
                Conversion.SourceType(oid: $0.type, modifier: $0.modifier, name: $1.type.wire.name)
            }
        }
        let rows = try await connection.query(
            """
            SELECT format_type(u.oid, u.modifier) AS name,
                t.typtype = 'e' OR coalesce(s.prosrc = 'textsend', false) AS is_text
            FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS u(oid, modifier, place)
            JOIN pg_catalog.pg_type t ON t.oid = u.oid LEFT JOIN pg_catalog.pg_proc s ON s.oid = t.typsend ORDER BY u.place
            """,
            [
                "{" + found.map { String($0.type) }.joined(separator: ",") + "}",
                "{" + found.map { String($0.modifier) }.joined(separator: ",") + "}",
            ]
        ).rows
        guard rows.count == found.count else {
            throw ReportError(
                .sourceDrift, "\(read.label): a column's type was dropped while it was read",
                hint: "run the same command again")
        }
        return try zip(found, rows).map {
            Conversion.SourceType(
                oid: $0.type, modifier: $0.modifier, name: try $1.value("name"), isText: try $1.value("is_text"))
        }
    }
}
