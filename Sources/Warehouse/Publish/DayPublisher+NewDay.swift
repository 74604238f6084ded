import CrashPoints
import Postgres
import PostgresBinary
import Reports
import SQLText
import Stages

/// A day that is not there.
extension DayPublisher {
    /// Makes the day's table, fills, indexes and analyses it, and attaches it last: the parent is locked for as short as can be.
    ///
    /// - Parameter known: the name that the day's table had; one that is free otherwise.
    func buildAside(_ load: DayLoad, as known: String? = nil, _ content: Content) async throws -> PublishResult {
        let table = try await freeTable(for: load, as: known)
        let (copied, expectations) = try await build(table, of: load, content)
        try await record(load, table: table, changed: true, expectations)
        try await recordBuckets(load, known: nil)
        try await attach(table, as: load)
        CrashPoint.tableAttached.reach()
        return PublishResult(outcome: .loaded, inserted: copied, warnings: expectations.warnings)
    }

    /// The name of a table for a day that is not there. Throws `nameTaken` where something else has it.
    func freeTable(for load: DayLoad, as known: String? = nil) async throws -> String {
        let table = if let known { known } else { try await freeName(for: load) }
        guard try await connection.query("SELECT _wh.does_mv_exist($1, $2)", [target.schema, table]).scalar == "f" else {
            throw WarehouseError(
                .nameTaken,
                "\(target.schema).\(table) exists and is not a day of \(target.schema).\(target.report.name): it is left alone",
                hint: "rename or drop it")
        }
        return table
    }

    /// Makes a table of the day's rows that is ready to be attached. Returns how many rows were copied, and what came of the expectations.
    private func build(
        _ table: String, of load: DayLoad, _ content: Content
    ) async throws -> (copied: Int, expectations: [ExpectationResult]) {
        let name = SQL.identifier(target.schema, table)
        let copied = try await connection.inWarehouse(.load) {
            try await create(table, for: load)
            CrashPoint.tableMade.reach()
            return try await DayCopy(report: target.report, connection: connection).fill(name, freezing: true, content)
        }
        try check(copied: copied, of: load)
        CrashPoint.tableFilled.reach()
        let keys = KeyCheck(report: target.report, connection: connection)
        if !keys.isDoneByIndex { try await keys.run(on: name) }
        let expectations = try await expectations(of: load, in: name)
        try await connection.inWarehouse(.index) {
            try await DayIndexes(of: target.report, connection).make(on: table, in: target.schema, for: load.day)
        }
        try await DayStatistics(connection: connection).gather(for: name)
        CrashPoint.tableIndexed.reach()
        try await connection.query("GRANT SELECT ON \(name) TO \(try await ReportTarget.readers(connection))")
        return (copied, expectations)
    }

    /// Makes an empty table for a day's rows. Its CHECK says what the partition bound will say, which spares ATTACH the scan.
    func create(_ table: String, for load: DayLoad) async throws {
        let dayColumn = target.report.columns[target.report.dayColumn]
        let day = SQL.identifier(dayColumn.name)
        let bounds = load.bounds(for: dayColumn.type)
        let (first, end) = (SQL.literal(bounds.first), SQL.literal(bounds.end))
        try await connection.query(
            """
            CREATE TABLE \(SQL.identifier(target.schema, table)) (LIKE \(SQL.identifier(target.schema, target.daysTable)),
                CONSTRAINT day_bounds CHECK (\(day) IS NOT NULL AND \(day) >= \(first) AND \(day) < \(end)))
            """)
    }

    /// Makes a table that was built for a day one of the report's days.
    func attach(_ table: String, as load: DayLoad) async throws {
        let bounds = load.bounds(for: target.report.columns[target.report.dayColumn].type)
        let range = "FROM (\(SQL.literal(bounds.first))) TO (\(SQL.literal(bounds.end)))"
        try await connection.query(
            "ALTER TABLE \(SQL.identifier(target.schema, target.daysTable)) ATTACH PARTITION \(SQL.identifier(target.schema, table)) FOR VALUES \(range)"
        )
    }

    private func freeName(for load: DayLoad) async throws -> String {
        try await connection.query(
            "SELECT _wh.free_day_name($1, $2, $3)", [target.schema, target.report.name, load.day.description]
        ).scalar ?? ""
    }
}
