import Postgres
import PostgresBinary
import TestKit
import Testing
@testable import Warehouse

@Suite("The first day of a report", .timeLimit(.minutes(2)))
struct LoadedReportTests {
    private func first(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql("SELECT first_day FROM _wh.report_targets")
    }

    @Test("is that of the first range that is loaded, and no later load changes it; one of before 1970 does not count")
    func firstRange() async throws {
        try await withWarehouse { scene in
            let (report, tenant) = (try await scene.report("r"), try await scene.addTenant("a"))
            func load(from day: String?) async throws -> String {
                let day = try day.map { try #require(CalendarDate($0)) }
                try await scene.warehouse.withSession {
                    _ = try await ReportTarget.ensure(report, for: tenant, startingOn: day, $0)
                }
                return try await first(scene)
            }
            #expect(try await load(from: nil) == "")
            #expect(try await load(from: "0025-09-24") == "")
            #expect(try await load(from: "2025-09-01") == "2025-09-01")
            #expect(try await load(from: "2020-01-01") == "2025-09-01")
        }
    }

    @Test("is changed by name, but not to one that has not begun, nor unconfirmed to one that looks mistyped")
    func changes() async throws {
        try await withWarehouse { scene in
            try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            func set(_ day: String, confirmed: Bool = false) async throws {
                let day = try #require(CalendarDate(day))
                try await scene.warehouse.withSession {
                    try await LoadedReport.named("r", of: "a", $0).setFirstDay(
                        day, confirmed: confirmed, dryRun: false, $0)
                }
            }
            try await set("2024-01-01")
            #expect(try await first(scene) == "2024-01-01")
            for day in ["9999-01-01", "0024-01-01", "2013-12-31"] {
                let error = await #expect(throws: WarehouseError.self) { try await set(day) }
                #expect(error?.code == .invalidDay && error?.hint != nil)
            }
            try await set("2013-12-31", confirmed: true)
            #expect(try await first(scene) == "2013-12-31")
        }
    }

    @Test(
        "of a warehouse that is upgraded is the oldest of the days that hang together, whatever odd day lies before them",
        arguments: [
            (["2025-09-03", "2025-09-01", "2025-09-20"], "2025-09-01"), (["2025-09-03", "0025-09-01"], "2025-09-03"),
            (["2025-09-03", "1985-09-01", "0025-09-01"], "2025-09-03"),
            (["2025-09-03", "2016-01-01", "2007-01-01"], "2007-01-01"),
            (["0025-09-01"], ""), ([], ""),
        ] as [([String], String)])
    func upgraded(_ days: [String], _ first: String) async throws {
        try await withDatabase(on: .warehouse) { database in
            try await withOwner(of: database, "CREATEROLE", ownsDatabase: true) { warehouse in
                _ = try await ControlSchema.install(in: warehouse, through: 10)
                try await database.psql(
                    """
                    INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
                        VALUES ('a', 'h', 'd', 'u', 'dayhaul1:0123456789abcdef:AAAA');
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('r', 'SELECT', 'd date');
                    INSERT INTO _wh.target_schemas VALUES ('a', 'a');
                    INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone)
                        VALUES ('a', 'r', 'r_days', '{d}', '{date}', 'd', 'UTC');
                    INSERT INTO _wh.ledger (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version,
                        provisional, run_id)
                    SELECT 'a', 'r', day, 'a', 'r_' || day, 1, 1, '', '', false, 1 FROM unnest(:'days'::date[]) day;
                    """, variables: ["days": "{\(days.joined(separator: ","))}"])
                _ = try await ControlSchema.install(in: warehouse)
                #expect(try await database.psql("SELECT first_day FROM _wh.report_targets") == first)
            }
        }
    }
}
