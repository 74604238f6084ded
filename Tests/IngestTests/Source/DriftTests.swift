import Ingest
import TestKit
import Testing

@Suite("A source that changed", .timeLimit(.minutes(5)))
struct DriftTests {
    @Test(
        "is an error that says how; the old day stays, and other reports finish (fault 24)",
        arguments: [
            ("ALTER TABLE readings DROP COLUMN v", "sourceDrift", "missing: v"),
            ("ALTER TABLE readings ADD COLUMN w int", "sourceDrift", "not declared: w"),
            ("ALTER TABLE readings DROP COLUMN id, ADD COLUMN id bigint", "sourceDrift", "column id in place 3, it is declared in place 1"),
            ("ALTER TABLE readings ALTER id TYPE point USING point(1, 1)", "sourceDrift", "cannot cast type point to bigint"),
            ("ALTER TABLE readings RENAME at TO moment", "server 42703", #"column "at" does not exist"#),
            ("DROP TABLE readings", "server 42P01", #"relation "readings" does not exist"#),
        ])
    func drifts(_ change: String, _ code: String, _ message: String) async throws {
        try await withReadings(query: Readings.query.replacing("id, at, v", with: "*")) { scene, source in
            try await scene.addReport("constants", "SELECT 1 AS id, '{TARGET_DATE}'::date AS day", columns: "id int, day date")
            #expect(try await scene.ingest("2025-09-20", "2025-09-21").outcome == .done)
            try await source.primary.psql(change)
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-21")
            #expect(
                result.lines == [
                    "tenant_a constants 2025-09-20 unchanged 1", "tenant_a constants 2025-09-21 unchanged 1",
                    "tenant_a readings 2025-09-20 failed \(code)", "tenant_a readings 2025-09-21 failed \(code)",
                ])
            let error = try #require(result.days.last?.error)
            #expect(error.message.contains(message))
            #expect(error.hint != nil)
            #expect(try await scene.database.psql("SELECT count(*), max(v) FROM tenant_a.readings") == "20|v9")
            #expect(
                try await scene.database.psql(
                    "SELECT DISTINCT code || coalesce(' ' || sqlstate, '') FROM _wh.run_events WHERE outcome = 'failed'") == code)
        }
    }

    @Test("in its privileges is an error with a hint to grant them, and read again once that is done (fault 25)")
    func privileges() async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                let reader = "reading_\(source.primary.database)"
                try await source.primary.psql(
                    Readings.table + "CREATE ROLE :\"reader\" LOGIN PASSWORD 'reading'; GRANT SELECT ON readings TO :\"reader\"",
                    variables: ["reader": reader])
                try await source.replay()
                try await withScene { scene in
                    try await scene.addTenant("tenant_a", source.standby, user: reader, password: "reading")
                    try await scene.addReport("readings", Readings.query, columns: Readings.columns)
                    #expect(try await scene.ingest("2025-09-21", "2025-09-21").outcome == .done)
                    try await source.primary.psql("REVOKE SELECT ON readings FROM :\"reader\"", variables: ["reader": reader])
                    try await source.replay()
                    let result = try await scene.ingest("2025-09-21", "2025-09-21")
                    #expect(result.lines == ["tenant_a readings 2025-09-21 failed server 42501"])
                    #expect(result.days.first?.error?.hint?.contains("grant") == true)
                    #expect(try await scene.database.psql("SELECT count(*) FROM tenant_a.readings") == "10")
                    try await source.primary.psql("GRANT SELECT ON readings TO :\"reader\"", variables: ["reader": reader])
                    try await source.replay()
                    #expect(try await scene.ingest("2025-09-21", "2025-09-21").outcome == .done)
                }
                try await source.primary.psql("DROP OWNED BY :\"reader\"; DROP ROLE :\"reader\"", variables: ["reader": reader])
            }
        }
    }

    @Test("under a native report is an error, too, unless a cast makes up for it")
    func native() async throws {
        try await withTenant { scene, source in
            try await FoodLogSource.fill(source.primary, firstDay: "2025-09-20", days: 1, rowsPerDay: 10)
            try await source.replay()
            try await scene.database.psql(file: "\(FoodLogSource.scripts)/template-foodlogstats.sql")
            #expect(try await scene.ingest("2025-09-20", "2025-09-20").outcome == .done)
            try await source.primary.psql("ALTER TABLE phood_pan RENAME average_weight TO weight")
            try await source.replay()
            let renamed = try await scene.ingest("2025-09-20", "2025-09-20")
            #expect(renamed.lines == ["tenant_a foodlogstats 2025-09-20 failed server 42703"])
            try await source.primary.psql(
                "ALTER TABLE phood_pan RENAME weight TO average_weight; ALTER TABLE phood_pan ALTER average_weight TYPE float8, ALTER name TYPE varchar(80)"
            )
            try await source.replay()
            #expect(try await scene.ingest("2025-09-20", "2025-09-20").outcome == .done)
        }
    }
}
