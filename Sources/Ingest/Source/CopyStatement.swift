import Postgres
import Reports
import SQLText

/// Turns reads into the COPYs that make them, once the source has said what they would return.
struct CopyStatement {
    /// How to cast each column; nil where the source's type is right as it is.
    private let casts: [Cast?]

    /// Checks the columns that the source describes against those that the report relies on, and casts where types differ. What is found
    /// holds for the same read of other days. Describing locks the tables until the transaction ends.
    ///
    /// Throws `sourceDrift` naming the columns that are missing, more, in another order, or that cannot become the declared type.
    init(for read: SourceRead, _ connection: Connection) async throws {
        let found = try await connection.describe(read.query)
        try Self.compareNames(found.map(\.name), read)
        casts = try await Self.casts(found, read, connection)
        guard casts.contains(where: { $0 != nil }) else { return }
        do {
            _ = try await connection.describe(query(of: read))
        } catch let error as PostgresError where error.code == .server && !error.isTransient {
            throw ReportError(.sourceDrift, "\(read.label): \(error.message)", hint: "change column_definitions, or cast in the query")
        }
    }

    /// The COPY of a read, which is the one described or differs from it in its days only.
    func text(for read: SourceRead) -> String {
        // The line end keeps a comment at the query's end from swallowing the parenthesis.
        "COPY (\(query(of: read))\n) TO STDOUT (FORMAT binary)"
    }

    private func query(of read: SourceRead) -> String {
        guard casts.contains(where: { $0 != nil }) else { return read.query }
        // Positions stand for names, which a query need not have or can have twice.
        let names = casts.indices.map { "c\($0 + 1)" }
        let columns = zip(names, casts).map { name, cast in cast.map { $0.expression(for: name) + " AS \(name)" } ?? name }
        return "SELECT \(columns.joined(separator: ", ")) FROM (\(read.query)\n) AS report(\(names.joined(separator: ", ")))"
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
                .sourceDrift, "\(read.label) returns column \(name) in place \(place + 1), it is declared in place \(index + 1)",
                hint: "make the query and column_definitions agree")
        }
    }

    private static func casts(_ found: [ColumnDescription], _ read: SourceRead, _ connection: Connection) async throws -> [Cast?] {
        var casts: [Cast?] = []
        for (column, declared) in zip(found, read.columns) {
            let type = ColumnType(oid: column.type, modifier: column.modifier, name: "")
            if declared.type.isBuiltIn {
                casts.append(type.satisfies(declared.type) ? nil : Cast(to: declared.type))
            } else {
                casts.append(try await userDefinedCast(column, declared, connection))
            }
        }
        return casts
    }

    /// User-defined types have other oids on every server, so they are known by name. Their bytes can pass when no oid is in them.
    private static func userDefinedCast(
        _ column: ColumnDescription, _ declared: ReportColumn, _ connection: Connection
    ) async throws -> Cast? {
        let row = try await connection.query(
            "SELECT format_type(oid, $2::int) AS name, typtype, typcategory FROM pg_catalog.pg_type WHERE oid = $1",
            [String(column.type), String(column.modifier)]
        ).rows.first
        if row?["typcategory"] == "A" || row?["typtype"] == "c" || declared.type.name.hasSuffix("[]") {
            throw ReportError(
                .sourceDrift,
                "column \(declared.name) has type \(row?["name"] ?? "unknown"), whose binary form differs from server to server",
                hint: "declare it as text and cast it in the query")
        }
        return row?["name"] == declared.type.name ? nil : Cast(to: declared.type)
    }
}

/// Turns a source column into the declared type.
///
/// An explicit cast to a character or bit type of limited length cuts what is too long without a word; so the limit is left to the
/// warehouse, which refuses such a value.
private struct Cast {
    private let type: ColumnType

    init(to type: ColumnType) { self.type = type }

    func expression(for column: String) -> String {
        // The warehouse would pad what is shorter, and its rows would then differ from those that were digested here.
        if type.oid == 1042, type.modifier > 4 {
            let text = "pg_catalog.rtrim(CAST(\(column) AS pg_catalog.text))"
            return "CAST(pg_catalog.rpad(\(text), greatest(\(type.modifier - 4), pg_catalog.length(\(text)))) AS pg_catalog.bpchar)"
        }
        return "CAST(\(column) AS \(name))"
    }

    private var name: String {
        switch type.oid {
        case 1014: "pg_catalog.bpchar[]"
        case 1015: "pg_catalog.varchar[]"
        case 1042: "pg_catalog.bpchar"
        case 1043: "pg_catalog.varchar"
        case 1560, 1562: "pg_catalog.varbit"
        case 1561: "pg_catalog.bit[]"
        case 1563: "pg_catalog.varbit[]"
        default: type.name
        }
    }
}
