import Postgres
import Reports
import SQLText

/// The partitioned parent, and how it follows a report that changes.
extension ReportTarget {
    /// What a parent was made for, as `_wh.report_targets` keeps it.
    private struct Shape: Equatable {
        /// In the order of the parent and of the views, which is not always the report's.
        var names: [String]
        var types: [String]
        let dayColumn: String
        let timeZone: String

        func type(of name: String) -> String? { names.firstIndex(of: name).map { types[$0] } }
    }

    private var wanted: Shape {
        Shape(
            names: report.columns.map(\.name), types: report.columns.map(\.type.name), dayColumn: report.columns[report.dayColumn].name,
            timeZone: report.timeZone)
    }

    /// Makes the parent, or lets it follow its report: columns that were added come last, wherever they were declared, because a view that
    /// others depend on can only grow at its end; they are NULL for the days loaded before. While there is no day, the parent is made anew.
    func ensureParent(_ connection: Connection) async throws {
        guard let known = try await shape(connection) else {
            try await refuseTakenNames(connection)
            try await checkTypes(connection)
            return try await makeParent(connection)
        }
        let added = wanted.names.filter { known.type(of: $0) == nil }
        let change = change(from: known)
        if added.isEmpty, change == nil, try await exists(daysTable, connection) { return }
        try await checkTypes(connection)
        guard try await hasDays(connection) else { return try await remakeParent(connection) }
        if let change {
            throw WarehouseError(
                .columnsChanged, "\(schema).\(report.name): \(change)",
                hint: "set the report back to what it was, or register the changed one under a new name")
        }
        try await LockBudget.check(addingColumnsTo: daysTable, in: schema, connection)
        var grown = known
        for name in added {
            let type = wanted.type(of: name) ?? ""
            try await connection.query("ALTER TABLE \(SQL.identifier(schema, daysTable)) ADD COLUMN \(SQL.identifier(name)) \(type)")
            grown.names.append(name)
            grown.types.append(type)
        }
        try await connection.query(
            """
            UPDATE _wh.report_targets SET columns = ARRAY(SELECT json_array_elements_text($3)), types = ARRAY(SELECT json_array_elements_text($4))
            WHERE schema_name = $1 AND template_name = $2
            """, [schema, report.name, json(grown.names), json(grown.types)])
    }

    /// What days that are there cannot follow; nil when there is nothing of the kind.
    private func change(from known: Shape) -> String? {
        if known.timeZone != wanted.timeZone { return "time_zone changed from \(known.timeZone) to \(wanted.timeZone)" }
        if known.dayColumn != wanted.dayColumn { return "day_column changed from \(known.dayColumn) to \(wanted.dayColumn)" }
        guard let name = known.names.first(where: { wanted.type(of: $0) != known.type(of: $0) }) else { return nil }
        return wanted.type(of: name).map { "column \(name) changed its type from \(known.type(of: name) ?? "") to \($0)" }
            ?? "column \(name) was removed"
    }

    private func shape(_ connection: Connection) async throws -> Shape? {
        try await connection.query(
            """
            SELECT array_to_json(columns) AS columns, array_to_json(types) AS types, day_column, time_zone FROM _wh.report_targets
            WHERE schema_name = $1 AND template_name = $2
            """, [schema, report.name]
        ).rows.first.map { row in
            Shape(
                names: strings(inJSON: row["columns"]), types: strings(inJSON: row["types"]), dayColumn: try row.value("day_column"),
                timeZone: try row.value("time_zone"))
        }
    }

    private func refuseTakenNames(_ connection: Connection) async throws {
        do {
            try await connection.query(
                "SELECT _wh.refuse_taken($1, $2), _wh.refuse_taken($1, $3)", [schema, daysTable, report.name])
        } catch {
            throw WarehouseError(error, ["42P07": .nameTaken]) ?? error
        }
    }

    /// The public view has one type for a column: throws `columnsChanged` where days of another tenant have another.
    private func checkTypes(_ connection: Connection) async throws {
        do {
            try await connection.query(
                """
                SELECT _wh.check_types(
                    $1, $2, ARRAY(SELECT json_array_elements_text($3)), ARRAY(SELECT json_array_elements_text($4)))
                """, [schema, report.name, json(wanted.names), json(wanted.types)])
        } catch {
            throw WarehouseError(error, ["42804": .columnsChanged]) ?? error
        }
    }

    private func makeParent(_ connection: Connection) async throws {
        try await connection.query(
            """
            SELECT _wh.make_parent($1, $2, $3, ARRAY(SELECT json_array_elements_text($4)), ARRAY(SELECT json_array_elements_text($5)), $6, $7)
            """, [schema, report.name, daysTable, json(wanted.names), json(wanted.types), wanted.dayColumn, wanted.timeZone])
    }

    private func exists(_ table: String, _ connection: Connection) async throws -> Bool {
        try await connection.query("SELECT _wh.does_mv_exist($1, $2)", [schema, table]).scalar == "t"
    }

    /// Whether a day's table is there; a ledger that was restored from a dump has none.
    private func hasDays(_ connection: Connection) async throws -> Bool {
        try await connection.query(
            """
            SELECT EXISTS (SELECT FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2
                AND _wh.does_mv_exist(schema_name, day_table))
            """, [schema, report.name]
        ).scalar == "t"
    }

    /// For a parent that is gone, or was made for columns that never held a row. Its views go with it and are made again; the ledger goes
    /// on knowing which days there were.
    private func remakeParent(_ connection: Connection) async throws {
        try await connection.query("SELECT _wh.drop_views($1, $2)", [schema, report.name])
        try await connection.query("DROP TABLE IF EXISTS \(SQL.identifier(schema, daysTable))")
        try await makeParent(connection)
    }
}
