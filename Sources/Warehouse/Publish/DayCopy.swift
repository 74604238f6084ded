import Postgres
import Reports
import SQLText

/// Copies the COPY BINARY stream of a day into a table with the report's columns.
///
/// Columns whose values travel as text that the warehouse has to read (`ColumnType.Form.input`) take a way round: the
/// stream goes into a temporary table first, where they are text, and from there into the table with a cast.
struct DayCopy {
    let report: ReportDefinition
    let connection: Connection

    private static let wire = "pg_temp.dayhaul_wire"

    /// Fills `table`, a delimited name, and returns the number of rows. `freezing` is for a table that was made in the
    /// same transaction: its rows are written as no later pass has to rewrite them.
    ///
    /// Throws the server's error, for a value that it does not take with the column's name.
    func fill(_ table: String, freezing: Bool = false, _ content: DayPublisher.Content) async throws -> Int {
        guard report.columns.contains(where: { $0.type.form == .input }) else {
            return try await copy(to: table, options: freezing ? "FORMAT binary, FREEZE" : "FORMAT binary", content)
        }
        let texts = report.columns.map { column in
            let name = SQL.identifier(column.name)
            return column.type.form == .input ? "NULL::text AS \(name)" : name
        }
        try await connection.query(
            "CREATE TEMPORARY TABLE dayhaul_wire ON COMMIT DROP AS SELECT \(texts.joined(separator: ", ")) FROM \(table) WITH NO DATA"
        )
        let copied = try await copy(to: Self.wire, options: "FORMAT binary", content)
        try await read(into: table)
        try await connection.query("DROP TABLE \(Self.wire)")
        return copied
    }

    private func copy(to table: String, options: String, _ content: DayPublisher.Content) async throws -> Int {
        do {
            return try await connection.copyIn("COPY \(table) (\(report.columnList)) FROM STDIN (\(options))", content)
        } catch let error as PostgresError where error.sqlstate?.code.hasPrefix("22") == true {
            guard let name = error.copiedColumn(among: report.columns.map(\.name)),
                let column = report.columns.first(where: { $0.name == name })
            else { throw error }
            throw error.refusing(valueOf: [column])
        }
    }

    private func read(into table: String) async throws {
        let values = report.columns.map { column in
            let name = SQL.identifier(column.name)
            return column.type.form == .input ? "CAST(\(name) AS \(column.type.name))" : name
        }
        do {
            try await connection.query(
                "INSERT INTO \(table) (\(report.columnList)) SELECT \(values.joined(separator: ", ")) FROM \(Self.wire)"
            )
        } catch let error as PostgresError where error.code == .server && !error.isTransient {
            throw error.refusing(valueOf: report.columns.filter { $0.type.form == .input })
        }
    }
}

extension PostgresError {
    /// The same error, naming the columns that it may be about; for an enum's, with the statement that adds the label.
    fileprivate func refusing(valueOf columns: [ReportColumn]) -> PostgresError {
        let names = columns.map(\.name).joined(separator: ", ")
        let addition = columns.first { $0.type.form == .label }.flatMap { column in
            refusedLabel.map { "ALTER TYPE \(column.type.name) ADD VALUE \(SQL.literal($0))" }
        }
        return about(
            columns.count == 1 ? "column \(names)" : "one of the columns \(names)",
            hint: addition.map { "the warehouse's type lacks the label; as its owner, there: \($0)" })
    }

    /// The label in `invalid input value for enum mood: "angry"`.
    private var refusedLabel: String? {
        guard message.hasSuffix("\""), let start = message.firstRange(of: ": \"") else { return nil }
        return String(message[start.upperBound...].dropLast())
    }
}
