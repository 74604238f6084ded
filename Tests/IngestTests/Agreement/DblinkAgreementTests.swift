import Ingest
import TestKit
import Testing

@Suite("The same days by dblink, by query and by native code", .timeLimit(.minutes(5)))
struct DblinkAgreementTests {
    private static let windows = [("2024-03-08", "2024-03-12"), ("2024-11-02", "2024-11-04")]

    /// Registers the shipped reports without their indexes and keys, which the fan-out breaks, and the same by query, by day and by window.
    private func register(_ scene: Scene, timeZone: String) async throws {
        for file in ["template-foodlogstats.sql", "template-daily-store-summary.sql"] {
            try await scene.database.psql(file: "\(FoodLogSource.scripts)/\(file)")
        }
        try await scene.database.psql(
            """
            UPDATE _wh.mv_templates SET indexes = NULL, key_columns = '{}', time_zone = :'zone';
            INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, day_column, time_zone)
            SELECT template_name || '_sql', query_template, column_definitions, day_column, time_zone FROM _wh.mv_templates;
            INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, day_column, time_zone)
            SELECT 'foodlogstats_window', replace(replace(query_template, '''{TARGET_DATE}''::date + 1', '''{WINDOW_END}'''), '{TARGET_DATE}', '{WINDOW_START}'),
                column_definitions, day_column, time_zone FROM _wh.mv_templates WHERE template_name = 'foodlogstats';
            """, variables: ["zone": timeZone])
    }

    @Test("are equal, row for row and digit for digit", arguments: ["UTC", "America/Chicago"])
    func agree(_ timeZone: String) async throws {
        try await withTenant { scene, source in
            try await FoodLogSource.fill(source.primary, firstDay: "2024-03-07", days: 6, rowsPerDay: 150)
            try await source.primary.psql(FoodLogSource.oddRows)
            try await source.replay()
            try await register(scene, timeZone: timeZone)
            let predecessor = Predecessor(warehouse: scene.database, source: source.standby)
            for (first, last) in Self.windows {
                let result = try await scene.ingest(first, last)
                #expect(result.lines.filter { !$0.contains(" loaded ") } == [])
                for report in ["foodlogstats", "daily_store_summary"] {
                    try await predecessor.load(report, first, last, timeZone: timeZone)
                    let ways = [report, "\(report)_sql"] + (report == "foodlogstats" ? ["foodlogstats_window"] : [])
                    for way in ways {
                        let rows = try await predecessor.compare(way, with: report, first, last)
                        #expect(rows.different == 0, "\(way) \(first)")
                        #expect(rows.same > 80, "\(way) \(first)")
                    }
                }
                #expect(try await scene.verify(first, last).allSatisfy { $0.hasSuffix(" OK") })
                let again = try await scene.ingest(first, last)
                #expect(again.totals.unchanged == result.totals.loaded)
            }
            // The rows that make the comparison worth something were there.
            #expect(
                try await scene.database.psql(
                    """
                    SELECT count(*) > 0, bool_or(weight = 'NaN'), bool_or(length(flags) = 10000), bool_or(scale(weight) = 30),
                        (SELECT count(*) > 5 FROM tenant_a.foodlogstats f GROUP BY id ORDER BY count(*) DESC LIMIT 1)
                    FROM tenant_a.foodlogstats
                    """) == "t|t|t|t|t")
        }
    }
}
