public import Postgres
import PostgresBinary
import Reports
import SQLText
public import Warehouse

/// What a query returns, asked of a tenant's replica.
public enum QueryColumns {
    /// Column definitions for a query that has none yet: names and types as the source has them. Nothing is read.
    ///
    /// Throws `invalidQuery`, `sourceDrift` for a column without a usable name, and what the source says of the query.
    public static func definitions(
        of query: String, on tenant: Tenant, timeZone: String, keys: KeyRing, _ session: Connection
    ) async throws -> String {
        let template = try QueryTemplate(parsing: query)
        let today = try await WarehouseCalendar.today(in: timeZone, session)
        let parameters = try await tenant.connectionParameters(keys, timeZone: timeZone)
        return try await SourceLocks.connecting(parameters) { connection in
            let found = try await connection.describe(
                template.query(from: (today - 1).description, to: today.description))
            let names = try await connection.query(
                "SELECT format_type(t, m) FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS u(t, m, n) ORDER BY n",
                [
                    "{" + found.map { String($0.type) }.joined(separator: ",") + "}",
                    "{" + found.map { String($0.modifier) }.joined(separator: ",") + "}",
                ]
            ).values.map { ($0.first ?? nil) ?? "" }
            guard !found.isEmpty, names.count == found.count else {
                throw ReportError(.invalidQuery, "the query returns no rows")
            }
            if let unnamed = found.firstIndex(where: { $0.name == "?column?" }) {
                throw ReportError(
                    .invalidQuery, "column \(unnamed + 1) of the query has no name",
                    hint: "name it, as in count(*) AS logs")
            }
            return zip(found, names).map { "\(SQL.shortestIdentifier($0.name)) \($1)" }.joined(separator: ", ")
        }
    }
}
