import PostgresBinary
import TestKit
import Testing

/// What the engine replaces: the report's query through dblink, its rows in a plain table a day.
struct Predecessor {
    let warehouse: TestDatabase
    let source: TestDatabase

    /// Makes `old.<template>_<day>` for each day as the predecessor would have.
    func load(_ template: String, _ first: String, _ last: String, timeZone: String) async throws {
        try await warehouse.psql("CREATE EXTENSION IF NOT EXISTS dblink; CREATE SCHEMA IF NOT EXISTS old")
        for day in try days(first, last) {
            try await warehouse.psql(
                """
                SELECT replace(query_template, '{TARGET_DATE}', :'day') AS query, column_definitions AS definitions
                FROM _wh.mv_templates WHERE template_name = :'template'
                \\gset
                CREATE TABLE old.:"table" AS SELECT * FROM dblink(:'conninfo', :'query') AS t(:definitions);
                """,
                variables: [
                    "day": day, "template": template, "table": "\(template)_\(day)",
                    "conninfo": source.conninfo + " options='-c TimeZone=\(timeZone)'",
                ])
        }
    }

    /// How many rows of each day differ between the engine's day table and the predecessor's, and how many are the same: rows are
    /// compared by the text of every column, in which a numeric shows its scale.
    func compare(_ view: String, with template: String, _ first: String, _ last: String) async throws -> (different: Int, same: Int) {
        var sums = (different: 0, same: 0)
        for day in try days(first, last) {
            let counts = try await warehouse.psql(
                """
                SELECT _wh.create_mv_name(:'view', :'day') AS table
                \\gset
                WITH new AS (SELECT t::text FROM tenant_a.:"table" t), old AS (SELECT t::text FROM old.:"old" t)
                SELECT (SELECT count(*) FROM (TABLE new EXCEPT ALL TABLE old) x) + (SELECT count(*) FROM (TABLE old EXCEPT ALL TABLE new) x),
                    (SELECT count(*) FROM (TABLE new INTERSECT ALL TABLE old) x)
                """, variables: ["view": view, "day": day, "old": "\(template)_\(day)"]
            ).split(separator: "|").compactMap { Int($0) }
            try #require(counts.count == 2)
            sums.different += counts[0]
            sums.same += counts[1]
        }
        return sums
    }

    private func days(_ first: String, _ last: String) throws -> [String] {
        let first = try #require(CalendarDate(first))
        return (0...first.distance(to: try #require(CalendarDate(last)))).map { (first + $0).description }
    }
}
