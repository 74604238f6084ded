import Crypto
public import Postgres
public import Reports

/// Reads `_wh.mv_templates` and lets the warehouse judge the types.
public enum ReportCatalogue {
    /// A report as it is stored, and what it amounts to.
    public struct Entry: Sendable {
        /// `template_name`
        public let name: String
        /// `description`
        public let description: String
        /// The definition, or why it cannot be used.
        public let definition: Result<ReportDefinition, any Error>
        /// Disabled reports are not read by the nightly run.
        public let isEnabled: Bool
        /// `query_template`, as written.
        public let query: String
        /// `column_definitions`, as written.
        public let columnDefinitions: String
        /// `indexes`, as written; empty for none.
        public let indexes: String
        /// `expectations`, a JSON array.
        public let expectations: String
    }

    /// All reports by name. One that cannot be used does not hide the others.
    public static func all(_ connection: Connection) async throws -> [Entry] {
        let rows = try await connection.query(
            "SELECT \(rowColumns(of: "t")) FROM _wh.mv_templates t ORDER BY template_name"
        ).rows
        var entries: [Entry] = []
        for row in rows { entries.append(try await entry(of: row, connection)) }
        return entries
    }

    /// One report. Throws `unknownReport`.
    public static func named(_ name: String, _ connection: Connection) async throws -> Entry {
        let rows = try await connection.query(
            "SELECT \(rowColumns(of: "t")) FROM _wh.mv_templates t WHERE template_name = $1", [name]
        ).rows
        guard let row = rows.first else {
            throw WarehouseError(
                .unknownReport, "no report is called \(name)", hint: "dayhaul report list shows those that there are")
        }
        return try await entry(of: row, connection)
    }

    /// What is read of a row of `_wh.mv_templates`.
    static func rowColumns(of table: String) -> String {
        """
        \(table).template_name, coalesce(\(table).description, '') AS description, \(table).query_template, \(table).column_definitions,
        coalesce(\(table).indexes, '') AS indexes, \(table).day_column, \(table).time_zone, \(table).late_days,
        array_to_json(\(table).key_columns) AS key_columns, \(table).max_shrink, \(table).expectations, \(table).native_report,
        \(table).enabled
        """
    }

    /// A row, and what it amounts to. Outside a transaction only: what the server refuses would end it.
    static func entry(of row: QueryResult.Row, _ connection: Connection) async throws -> Entry {
        let definition: Result<ReportDefinition, any Error>
        do {
            definition = .success(try await read(row, connection))
        } catch let error as PostgresError where error.code != .server {
            throw error
        } catch {
            definition = .failure(error)
        }
        return Entry(
            name: try row.value("template_name"), description: try row.value("description"), definition: definition,
            isEnabled: try row.value("enabled"), query: try row.value("query_template"),
            columnDefinitions: try row.value("column_definitions"), indexes: try row.value("indexes"),
            expectations: try row.value("expectations"))
    }

    /// What the warehouse has of a report of each tenant that it was loaded for.
    public struct Target: Sendable, Codable {
        /// Whose days they are.
        public let tenant: String
        /// The schema of its tables and view.
        public let schema: String
        /// How many days are in the ledger.
        public let days: Int
        /// The first of them; nil where there is none.
        public let firstDay: String?
        /// The last of them.
        public let lastDay: String?
        /// When a day was last read from the source, as PostgreSQL prints it.
        public let lastRead: String?
    }

    /// What there is of a report, in the order of tenants.
    public static func targets(of report: String, _ connection: Connection) async throws -> [Target] {
        let rows = try await connection.query(
            """
            SELECT s.tenant_name, t.schema_name, count(l.day) AS days, min(l.day) AS first_day, max(l.day) AS last_day,
                date_trunc('second', max(l.checked_at)) AS last_read
            FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            LEFT JOIN _wh.ledger l ON l.schema_name = t.schema_name AND l.template_name = t.template_name
            WHERE t.template_name = $1 GROUP BY 1, 2 ORDER BY 1, 2
            """, [report]
        ).rows
        return try rows.map {
            Target(
                tenant: try $0.value("tenant_name"), schema: try $0.value("schema_name"), days: try $0.value("days"),
                firstDay: $0["first_day"], lastDay: $0["last_day"], lastRead: $0["last_read"])
        }
    }

    private static func read(_ row: QueryResult.Row, _ connection: Connection) async throws -> ReportDefinition {
        let definitions = try await ColumnDefinitions.read(try row.value("column_definitions"), connection)
        let (columns, ownTypes) = try await ColumnTypes(definitions, connection).columns()
        var source = ReportDefinition.Source(
            name: try row.value("template_name"), description: try row.value("description"),
            query: try row.value("query_template"),
            columns: columns, indexes: try row.value("indexes"), version: "")
        source.ownTypes = ownTypes
        source.dayColumn = row["day_column"]
        source.timeZone = try row.value("time_zone")
        source.lateDays = try row.value("late_days")
        source.keyColumns = strings(inJSON: row["key_columns"])
        source.maximumShrink = try row.value("max_shrink")
        source.expectations = try row.value("expectations")
        source.nativeReport = row["native_report"]
        source.version = version(of: source)
        guard try await knows(timeZone: source.timeZone, connection) else {
            throw ReportError(
                .invalidQuery, "time_zone \(source.timeZone) is not known to the warehouse",
                hint: "an IANA name such as America/Chicago")
        }
        let report = try ReportDefinition(source)
        try await ComparisonTrial(report: report, connection: connection).run()
        return report
    }

    /// pg_timezone_names reads every file of the time zone database, a tenth of a second; a name of the form Area/Place
    /// can be tried instead. Without the slash it could be a POSIX rule, which AT TIME ZONE takes too (PostgreSQL
    /// manual, "Time Zones").
    private static func knows(timeZone: String, _ connection: Connection) async throws -> Bool {
        if timeZone == "UTC" { return true }
        guard timeZone.contains("/"),
            timeZone.utf8.allSatisfy({ $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "_") || $0.isLetter })
        else {
            return try await connection.query("SELECT 1 FROM pg_timezone_names WHERE name = $1", [timeZone]).scalar
                != nil
        }
        do {
            _ = try await connection.query("SELECT now() AT TIME ZONE $1", [timeZone])
            return true
        } catch let error as PostgresError where error.sqlstate?.code == "22023" {
            return false
        }
    }

    /// Everything that decides what a day's rows are; indexes and descriptions do not.
    private static func version(of source: ReportDefinition.Source) -> String {
        let native = source.nativeReport.flatMap { try? AnyNativeReport.named($0) }.map { "\($0.name) \($0.version)" }
        var hash = SHA256()
        let columns = source.columns.flatMap { column in
            // Days loaded while the engine's sessions searched public, up to version 15 of the control schema, have types' names without it.
            [column.name, String(column.type.name.trimmingPrefix("public."))]
                + (column.type.form == .input ? [column.type.form.rawValue] : [])
        }
        for part in [source.query, source.dayColumn ?? "", source.timeZone, native ?? ""] + columns {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize().hexadecimal(bytes: 8)
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
