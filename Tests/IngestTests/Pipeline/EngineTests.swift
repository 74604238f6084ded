import Ingest
import PostgresBinary
import Spill
import Synchronization
import TestKit
import Testing
import Warehouse

@Suite("A run", .timeLimit(.minutes(5)))
struct EngineTests {
    @Test("done again changes nothing but days that changed, and leaves no spill file")
    func unchanged() async throws {
        try await withReadings { scene, source in
            let first = try await scene.ingest("2025-09-20", "2025-09-24")
            #expect(first.outcome == .done && first.totals.loaded == 5 && first.totals.rows == 50)
            let rows = "SELECT tableoid::regclass, ctid, xmin, id FROM tenant_a.readings_days ORDER BY id"
            let before = try await scene.database.psql(rows)
            let second = try await scene.ingest("2025-09-20", "2025-09-24")
            #expect(second.outcome == .done && second.totals.unchanged == 5)
            #expect(try await scene.database.psql(rows) == before)
            #expect(try await scene.spillFiles() == [])
            try await source.primary.psql("UPDATE readings SET v = 'late' WHERE id = 23")
            try await source.replay()
            let third = try await scene.ingest("2025-09-20", "2025-09-24")
            #expect(third.totals.unchanged == 4 && third.totals.merged == 1)
            #expect(try await scene.database.psql("SELECT string_agg(outcome, ',' ORDER BY run_id) FROM _wh.runs") == "done,done,done")
        }
    }

    @Test("finds all days missing whose tables are gone, and makes everything again: what is left after _wh alone was restored")
    func restored() async throws {
        try await withReadings { scene, _ in
            try await scene.ingest("2025-09-20", "2025-09-24")
            let rows = "SELECT count(*), sum(id) FROM public.readings"
            let before = try await scene.database.psql(rows)
            try await scene.database.psql(
                "DROP SCHEMA tenant_a CASCADE; DROP VIEW public.warehouse_freshness; DELETE FROM _wh.public_views")
            _ = try await ControlSchema.install(in: scene.warehouse)
            #expect(try await scene.ingest("2025-09-24", "2025-09-24").totals.loaded == 1)
            // What the ledger knew is still to be done.
            let plan = try await scene.plan(.due)
            #expect(plan.parts.flatMap(\.days).filter { $0.reason == .missing }.map(\.day.description).contains("2025-09-20"))
            let result = try await scene.ingest("2025-09-20", "2025-09-24")
            #expect(result.outcome == .done && result.totals.loaded == 4 && result.totals.unchanged == 1)
            #expect(try await scene.database.psql(rows) == before)
            #expect(try await scene.database.psql("SELECT count(*) FROM public.warehouse_freshness") == "5")
        }
    }

    @Test("that fails leaves the old day and no spill file")
    func failureLeavesNoSpill() async throws {
        try await withReadings { scene, source in
            try await scene.database.psql("UPDATE _wh.mv_templates SET indexes = 'CREATE UNIQUE INDEX ON {VIEW_NAME} (v)'")
            #expect(try await scene.ingest("2025-09-20", "2025-09-21").outcome == .done)
            try await source.primary.psql("UPDATE readings SET v = 'same' WHERE id >= 10")
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-22")
            #expect(
                result.lines == [
                    "tenant_a readings 2025-09-20 unchanged 10", "tenant_a readings 2025-09-21 failed duplicateKey",
                    "tenant_a readings 2025-09-22 failed duplicateKey",
                ])
            let message = try #require(result.days.last?.error?.message)
            #expect(message.contains("(v)=(same)") && message.contains("rows 1 and 2 of the day: "))
            #expect(message.ranges(of: "v = same").count == 2)
            #expect(try await scene.database.psql("SELECT count(*), count(DISTINCT v) FROM tenant_a.readings") == "20|20")
            #expect(try await scene.spillFiles() == [])
            #expect(scene.spill.quota.usage.used == 0)
        }
    }

    @Test("tries again what was cut in the middle, and succeeds")
    func retries() async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                // Random, so that it is as long on its way as it is in the table.
                try await source.primary.psql(
                    Readings.table + "UPDATE readings SET v = (SELECT string_agg(md5(id::text || n), '') FROM generate_series(1, 500) n)")
                try await source.replay()
                try await withScene { scene in
                    try await withFaultProxy(to: source.standby.port) { proxy in
                        try await scene.addTenant("tenant_a", source.standby, port: proxy.port)
                        try await scene.addReport("readings", Readings.windowQuery, columns: Readings.columns)
                        proxy.set(.toClient) { $0.cut = Faults.Cut(after: 100_000, .reset) }
                        let retried = Seen()
                        let result = try await scene.ingest("2025-09-20", "2025-09-24") { progress in
                            if case .retrying(_, _, let failure, _) = progress { retried.add(failure.code) }
                        }
                        #expect(retried.all == ["connectionLost"])
                        #expect(result.outcome == .done && result.totals.rows == 50)
                        #expect(try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.readings") == "50|50")
                        #expect(try await scene.spillFiles() == [])
                    }
                }
            }
        }
    }

    @Test("loses only the tenant that is down; the others finish")
    func tenantDown() async throws {
        try await withReadings { scene, source in
            var scene = scene
            scene.limits.attempts = 2
            let patient = scene
            try await withFaultProxy(to: source.standby.port) { proxy in
                proxy.refuse()
                try await patient.addTenant("tenant_b", source.standby, port: proxy.port)
                try await patient.addTenant("tenant_c", source.standby, password: "not the password")
                let result = try await patient.ingest("2025-09-20", "2025-09-21")
                #expect(result.outcome == .partial)
                #expect(result.totals.loaded == 2 && result.totals.failed == 4)
                #expect(result.days.filter { $0.outcome == .loaded }.allSatisfy { $0.tenant == "tenant_a" })
                #expect(result.lines.suffix(2).allSatisfy { $0.hasSuffix("failed connectionFailed 28P01") })
                #expect(result.days.allSatisfy { $0.error?.description.contains("not the password") != true })
                let alone = try await patient.ingest("2025-09-20", "2025-09-21", Selection(tenants: ["tenant_b"]))
                #expect(alone.outcome == .failed)
                proxy.heal()
                let healed = try await patient.ingest("2025-09-20", "2025-09-21", Selection(tenants: ["tenant_b"]))
                #expect(healed.outcome == .done)
                #expect(
                    try await patient.database.psql("SELECT schema_name, count(*) FROM public.readings GROUP BY 1 ORDER BY 1")
                        == "tenant_a|20\ntenant_b|20")
            }
        }
    }

    @Test("that is cancelled ends the source's queries at once, leaves old or new days, and says that it was interrupted")
    func cancelled() async throws {
        try await withReadings { scene, source in
            #expect(try await scene.ingest("2025-09-20", "2025-09-24").outcome == .done)
            try await source.primary.psql("UPDATE readings SET v = 'new'")
            try await source.replay()
            try await scene.database.psql(
                "UPDATE _wh.mv_templates SET query_template = replace(query_template, 'SELECT id, at, v FROM readings', :'slow')",
                variables: ["slow": "SELECT id, at, v || left(pg_sleep(CASE WHEN id < 30 THEN 30 ELSE 0 END)::text, 0) AS v FROM readings"])
            var small = scene
            small.limits.sliceDays = 1
            small.limits.streamsPerReplica = 1
            let plan = try await small.plan("2025-09-20", "2025-09-24")
            let (engine, published) = (small.engine, Seen())
            let run = Task {
                try await engine.run(plan, as: .ingest) { progress in
                    if case .day(let day) = progress { published.add(day.day) }
                }
            }
            let active = """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active' AND wait_event = 'PgSleep'
                """
            try await eventually("two days to be published and the third to be read", within: .seconds(40)) {
                guard published.all.count == 2 else { return false }
                return try await source.standby.psql(active) == "1"
            }
            let start = ContinuousClock.now
            run.cancel()
            let result = try await run.value
            #expect(ContinuousClock.now - start < .seconds(15))
            #expect(result.outcome == .interrupted)
            try await eventually("the source's query to end", within: .seconds(10)) { try await source.standby.psql(active) == "0" }
            #expect(
                try await scene.database.psql(
                    "SELECT at::date, count(*), bool_and(v = 'new'), bool_or(v = 'new') FROM tenant_a.readings GROUP BY 1 ORDER BY 1")
                    == "2025-09-20|10|f|f\n2025-09-21|10|f|f\n2025-09-22|10|f|f\n2025-09-23|10|t|t\n2025-09-24|10|t|t")
            #expect(try await scene.database.psql("SELECT outcome FROM _wh.runs ORDER BY run_id DESC LIMIT 1") == "interrupted")
            #expect(try await scene.spillFiles() == [])
        }
    }

    @Test("waits for room in the spill quota instead of failing")
    func quota() async throws {
        try await withReadings(query: Readings.windowQuery) { scene, source in
            try await source.primary.psql(
                "UPDATE readings SET v = (SELECT string_agg(md5(id::text || n), '') FROM generate_series(1, 2500) n)")
            try await source.replay()
            let spill = try SpillDirectory(path: "\(scene.directory)/small", quota: SpillQuota(limit: 2 << 20))
            var tight = Scene(
                database: scene.database, warehouse: scene.warehouse, keys: scene.keys, spill: spill, directory: scene.directory)
            tight.limits.sliceDays = 1
            tight.limits.loaders = 1
            let result = try await tight.ingest("2025-09-20", "2025-09-24")
            #expect(result.outcome == .done && result.totals.rows == 50)
            #expect(spill.quota.usage.used == 0)
        }
    }
}

/// What an observer saw.
private final class Seen: Sendable {
    private let values = Mutex<[String]>([])

    func add(_ value: String) { values.withLock { $0.append(value) } }
    var all: [String] { values.withLock { $0 } }
}
