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
    }

    /// All reports by name. One that cannot be used does not hide the others.
    public static func all(_ connection: Connection) async throws -> [Entry] {
        let rows = try await connection.query(
            """
            SELECT template_name, coalesce(description, '') AS description, query_template, column_definitions,
                coalesce(indexes, '') AS indexes, day_column, time_zone, late_days, array_to_json(key_columns) AS key_columns,
                max_shrink, expectations, native_report, enabled
            FROM _wh.mv_templates ORDER BY template_name
            """
        ).rows
        var entries: [Entry] = []
        for row in rows {
            let definition: Result<ReportDefinition, any Error>
            do {
                definition = .success(try await read(row, connection))
            } catch let error as PostgresError where error.code != .server {
                throw error
            } catch {
                definition = .failure(error)
            }
            entries.append(
                Entry(
                    name: try row.value("template_name"), description: try row.value("description"), definition: definition,
                    isEnabled: try row.value("enabled")))
        }
        return entries
    }

    private static func read(_ row: QueryResult.Row, _ connection: Connection) async throws -> ReportDefinition {
        let definitions = try ColumnDefinitions(parsing: try row.value("column_definitions"))
        var source = ReportDefinition.Source(
            name: try row.value("template_name"), description: try row.value("description"), query: try row.value("query_template"),
            columns: try await columns(definitions, connection), indexes: try row.value("indexes"), version: "")
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
                .invalidQuery, "time_zone \(source.timeZone) is not known to the warehouse", hint: "an IANA name such as America/Chicago")
        }
        let report = try ReportDefinition(source)
        try await ComparisonTrial(report: report, connection: connection).run()
        return report
    }

    /// pg_timezone_names reads every file of the time zone database, a tenth of a second; a name of the form Area/Place can be tried instead.
    /// Without the slash it could be a POSIX rule, which AT TIME ZONE takes too (PostgreSQL manual, "Time Zones").
    private static func knows(timeZone: String, _ connection: Connection) async throws -> Bool {
        if timeZone == "UTC" { return true }
        guard timeZone.contains("/"), timeZone.utf8.allSatisfy({ $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "_") || $0.isLetter }) else {
            return try await connection.query("SELECT 1 FROM pg_timezone_names WHERE name = $1", [timeZone]).scalar != nil
        }
        do {
            _ = try await connection.query("SELECT now() AT TIME ZONE $1", [timeZone])
            return true
        } catch let error as PostgresError where error.sqlstate?.code == "22023" {
            return false
        }
    }

    /// Asks the server what each type text means. to_regtype() takes a type's name and nothing else, so that what passes it is safe to
    /// repeat in a statement; the modifier comes from describing a cast to it.
    private static func columns(_ definitions: ColumnDefinitions, _ connection: Connection) async throws -> [ReportColumn] {
        guard !definitions.entries.isEmpty else { throw ReportError(.invalidColumns, "the report has no columns") }
        let all = try? await connection.query(
            "SELECT bool_and(to_regtype(type) IS NOT NULL) FROM json_array_elements_text($1) AS types(type)",
            [json(definitions.entries.map(\.type))]
        ).scalar
        // One that is not known, or not even a name, is found by asking for each.
        for entry in all == "t" ? [] : definitions.entries {
            let known = try? await connection.query("SELECT to_regtype($1)", [entry.type]).scalar
            guard connection.isOpen else { throw ReportError(.invalidColumns, "the connection ended") }
            guard known != nil else {
                throw ReportError(
                    .invalidColumns, "column \(entry.name) has a type that the warehouse does not know: \(entry.type.prefix(40))",
                    hint: "name type, name type, …, without constraints")
            }
        }
        let casts = definitions.entries.map { "NULL::\($0.type)" }.joined(separator: ", ")
        let described = try await connection.describe("SELECT \(casts)")
        try await refuseStrangers(zip(definitions.entries, described.map(\.type)).map { ($0.name, $1) }, connection)
        let names = try await connection.query(
            "SELECT format_type(t, m) FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS u(t, m, n) ORDER BY n",
            [
                "{" + described.map { String($0.type) }.joined(separator: ",") + "}",
                "{" + described.map { String($0.modifier) }.joined(separator: ",") + "}",
            ])
        return zip(definitions.entries, zip(described, names.values)).map { entry, found in
            ReportColumn(entry.name, ColumnType(oid: found.0.type, modifier: found.0.modifier, name: (found.1.first ?? nil) ?? entry.type))
        }
    }

    /// A type can bring code along, such as the check of a domain within it, and the engine would run it with its own rights as rows come in.
    private static func refuseStrangers(_ columns: [(name: String, type: UInt32)], _ connection: Connection) async throws {
        let types = "{" + columns.map { String($0.type) }.joined(separator: ",") + "}"
        let stranger = try await connection.query(
            """
            SELECT n, format('%I.%I', s.nspname, t.typname) AS type FROM unnest($1::oid[]) WITH ORDINALITY AS u(oid, n)
            JOIN pg_type t USING (oid) JOIN pg_namespace s ON s.oid = t.typnamespace
            WHERE NOT (_wh.is_trusted(t.typowner) AND _wh.is_trusted(s.nspowner)) ORDER BY n LIMIT 1
            """, [types]
        ).rows.first
        guard let stranger else { return }
        let place: Int = try stranger.value("n")
        throw ReportError(
            .invalidColumns,
            "column \(columns[place - 1].name) is of type \(stranger["type"] ?? ""), which belongs to a role that is not the engine's",
            hint: "use a type of PostgreSQL or of an extension")
    }

    /// Everything that decides what a day's rows are; indexes and descriptions do not.
    private static func version(of source: ReportDefinition.Source) -> String {
        let native = source.nativeReport.flatMap { try? AnyNativeReport.named($0) }.map { "\($0.name) \($0.version)" }
        var hash = SHA256()
        let columns = source.columns.flatMap { [$0.name, $0.type.name] }
        for part in [source.query, source.dayColumn ?? "", source.timeZone, native ?? ""] + columns {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize().hexadecimal(bytes: 8)
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
