import Postgres
import PostgresBinary
import Reports

/// A report's indexes on the tables of its days.
///
/// Their functions run as the engine. An extension's operator class, function or operator is found in the schema `public`, which is searched
/// for the time of the statement and only while nobody but the engine's own can have put anything there.
struct DayIndexes {
    private let report: ReportDefinition
    private let connection: Connection

    init(of report: ReportDefinition, _ connection: Connection) {
        self.report = report
        self.connection = connection
    }

    /// Makes them on `table` of `schema`, within the caller's transaction.
    ///
    /// Throws `unsafeIndex` for an index that runs code of `public` while others can have put it there, and what PostgreSQL says of one that
    /// it cannot make, with the same reason where it did not find something because `public` was not searched.
    func make(on table: String, in schema: String, for day: CalendarDate) async throws {
        let distrust = try await distrustOfPublic()
        for index in report.indexes {
            let statement = index.statement(schema: schema, table: table, day: day.description)
            if !index.needsPublic {
                try await connection.query(statement)
            } else if let distrust {
                try await make(index, statement, distrust)
            } else {
                try await search("pg_catalog, public, pg_temp")
                try await connection.query(statement)
                try await search("pg_catalog, pg_temp")
            }
        }
    }

    private func make(_ index: IndexTemplate, _ statement: String, _ distrust: Distrust) async throws {
        guard !index.runsCodeInPublic else {
            throw WarehouseError(
                .unsafeIndex,
                "an index of \(report.name) runs code of the schema public with the engine's rights, and \(distrust.reason)",
                hint: distrust.mend)
        }
        do {
            try await connection.query(statement)
        } catch let error as PostgresError where ["42704", "42883"].contains(error.sqlstate?.code) {
            throw error.about(
                "an index of \(report.name) (public is not searched: \(distrust.reason))",
                hint: "write public. before an operator class; or, \(distrust.mend)")
        }
    }

    private struct Distrust {
        let reason: String
        let mend: String
    }

    /// Nil where all that may run from `public` is the engine's own or a superuser's, and where no index needs it.
    private func distrustOfPublic() async throws -> Distrust? {
        guard report.indexes.contains(where: \.needsPublic) else { return nil }
        let row = try await connection.query("SELECT reason, mend FROM _wh.distrust_of_public()").rows.first
        return try row.map { Distrust(reason: try $0.value("reason"), mend: try $0.value("mend")) }
    }

    /// Until the transaction ends, and no longer where it fails.
    private func search(_ path: String) async throws {
        try await connection.query("SELECT set_config('search_path', $1, true)", [path])
    }
}
