import Ingest
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("Verification", .timeLimit(.minutes(5)))
struct VerifierTests {
    @Test("tells days that are the same from those that differ, on either side or in the ledger, and from those that are missing")
    func states() async throws {
        try await withReadings { scene, source in
            #expect(try await scene.ingest("2025-09-20", "2025-09-23").outcome == .done)
            #expect(try await scene.verify("2025-09-20", "2025-09-23").allSatisfy { $0.hasSuffix(" OK") })
            try await scene.database.psql(
                """
                UPDATE tenant_a.readings_2025_09_20 SET v = 'by hand' WHERE id = 3;
                DROP TABLE tenant_a.readings_2025_09_21;
                UPDATE _wh.ledger SET digest = reverse(digest) WHERE day = '2025-09-22';
                """)
            try await source.primary.psql("INSERT INTO readings VALUES (99, '2025-09-23 12:00+00', 'late')")
            try await source.replay()
            let before = try await scene.database.psql("TABLE _wh.ledger")
            #expect(
                try await scene.verify("2025-09-20", "2025-09-24") == [
                    "tenant_a readings 2025-09-20 DIFFERS", "tenant_a readings 2025-09-21 MISSING", "tenant_a readings 2025-09-22 DIFFERS",
                    "tenant_a readings 2025-09-23 DIFFERS", "tenant_a readings 2025-09-24 MISSING",
                ])
            #expect(try await scene.database.psql("TABLE _wh.ledger") == before)
        }
    }

    @Test("counts the rows that the warehouse lacks, has too many, or has with other values, and says which days to read again")
    func counts() async throws {
        try await withReadings { scene, _ in
            try await scene.database.psql("UPDATE _wh.mv_templates SET key_columns = '{id}'")
            #expect(try await scene.ingest("2025-09-20", "2025-09-23").outcome == .done)
            try await scene.database.psql(
                """
                UPDATE tenant_a.readings_2025_09_20 SET v = 'by hand' WHERE id IN (3, 4);
                DELETE FROM tenant_a.readings_2025_09_21 WHERE id = 15;
                INSERT INTO tenant_a.readings_2025_09_21 SELECT id + 100, at, v FROM tenant_a.readings_2025_09_21 WHERE id > 16;
                DROP TABLE tenant_a.readings_2025_09_22;
                """)
            let plan = try await scene.plan("2025-09-20", "2025-09-23")
            let verifier = Verifier(scene.warehouse, keys: scene.keys, spill: scene.spill, limits: scene.limits)
            let states = try await verifier.verify(plan) { _ in }
            #expect(states.map(\.state) == [.differs, .differs, .missing, .same])
            #expect([states[0].missing, states[0].extra, states[0].changed] == [0, 0, 2])
            #expect([states[1].missing, states[1].extra, states[1].changed] == [1, 3, 0])
            #expect([states[1].sourceRows, states[1].warehouseRows] == [10, 12])
            #expect(try await scene.spillFiles() == [])

            let repair = plan.repairing(states)
            #expect(repair.parts.flatMap(\.days).map(\.day.description) == ["2025-09-20", "2025-09-21", "2025-09-22"])
            var options = RunOptions()
            options.distrustsLedger = true
            let result = try await scene.engine.run(repair, as: .ingest, options) { _ in }
            #expect(result.totals.merged == 2 && result.totals.loaded == 1)
            #expect(result.totals.inserted == 13 && result.totals.deleted == 5)
            #expect(try await scene.verify("2025-09-20", "2025-09-23").allSatisfy { $0.hasSuffix(" OK") })
        }
    }

    @Test("of a day that was read before it was over: provisional while its table is as it was loaded, whatever the source has by now")
    func provisional() async throws {
        try await withReadings { scene, source in
            let today = try await scene.database.psql("SELECT (now() AT TIME ZONE 'UTC')::date")
            try await source.primary.psql(
                "INSERT INTO readings SELECT id + 100, :'today'::date + time '00:00' AT TIME ZONE 'UTC', v FROM readings",
                variables: ["today": today])
            try await source.replay()
            try await scene.ingest(today, today)
            #expect(try await scene.verify(today, today) == ["tenant_a readings \(today) PROVISIONAL"])
            let equal = try #require(try await states(today, scene).first)
            #expect(equal.isEqual && equal.note == "the day is not over")
            try await source.primary.psql("UPDATE readings SET v = 'late' WHERE id = 120")
            try await source.replay()
            let state = try #require(try await states(today, scene).first)
            #expect(state.state == .provisional && state.needsRepair && !state.isWrong && !state.isEqual)
            #expect([state.missing, state.extra] == [1, 1])
            try await scene.database.psql(
                "UPDATE tenant_a.readings SET v = 'by hand' WHERE id = 121".replacing("tenant_a.readings", with: "tenant_a.readings_days"))
            #expect(try await scene.verify(today, today) == ["tenant_a readings \(today) DIFFERS"])
        }
    }

    @Test("of a day with a value that cannot be loaded fails for that day alone, and the others are compared, and repaired")
    func oddValue() async throws {
        try await withReadings { scene, source in
            try await source.primary.psql(
                """
                CREATE TABLE odd (id bigint, at date);
                INSERT INTO odd SELECT g, date '2025-09-01' + g::int - 1 FROM generate_series(1, 10) g;
                """)
            try await source.replay()
            for (name, query) in [
                ("daily", "SELECT id, at FROM odd WHERE at = '{TARGET_DATE}'"),
                ("sliced", "SELECT id, at FROM odd WHERE at >= '{WINDOW_START}' AND at < '{WINDOW_END}'"),
                ("raised", "SELECT (SELECT id::int FROM odd o WHERE o.at = odd.at) AS id, at FROM odd WHERE at = '{TARGET_DATE}'"),
            ] { try await scene.addReport(name, query, columns: "id int, at date") }
            let selection = Selection(reports: ["daily", "sliced", "raised"])
            #expect(try await scene.ingest("2025-09-01", "2025-09-10", selection).outcome == .done)
            try await source.primary.psql(
                """
                UPDATE odd SET id = 3000000000 WHERE at = '2025-09-05';
                INSERT INTO odd SELECT id, at FROM odd WHERE at = '2025-09-06';
                UPDATE odd SET id = 99 WHERE at = '2025-09-08';
                """)
            try await source.replay()
            let plan = try await scene.plan("2025-09-01", "2025-09-10", selection)
            let verifier = Verifier(scene.warehouse, keys: scene.keys, spill: scene.spill, limits: scene.limits)
            let states = try await verifier.verify(plan) { _ in }
            for report in selection.reports {
                let odd = states.filter { $0.report == report && $0.state != .same }.map { "\($0.day.suffix(2)) \($0.state.rawValue)" }
                let twice = report == "raised" ? "06 FAILED" : "06 DIFFERS"
                #expect(odd == ["05 FAILED", twice, "08 DIFFERS"], "\(report)")
            }
            #expect(states.count == 30)
            #expect(try await scene.spillFiles() == [])
            let result = try await scene.engine.run(plan.repairing(states), as: .ingest) { _ in }
            #expect(result.totals.merged == 5 && result.totals.failed == 0)
        }
    }

    @Test("of a day whose table cannot be read fails for that day alone")
    func unreadableTable() async throws {
        try await withReadings { scene, _ in
            #expect(try await scene.ingest("2025-09-20", "2025-09-23").outcome == .done)
            try await scene.database.psql("ALTER TABLE tenant_a.readings_2025_09_21 OWNER TO \(scene.database.superuser)")
            let states = try await scene.verify("2025-09-20", "2025-09-23").map { $0.split(separator: " ").last }
            #expect(states == ["OK", "FAILED", "OK", "OK"])
        }
    }

    private func states(_ day: String, _ scene: Scene) async throws -> [DayState] {
        let verifier = Verifier(scene.warehouse, keys: scene.keys, spill: scene.spill, limits: scene.limits)
        return try await verifier.verify(try await scene.plan(day, day)) { _ in }
    }

    @Test("of a day that was read while the replica lagged: equal, and why it is provisional all the same")
    func lagged() async throws {
        try await withReadings { scene, _ in
            try await scene.ingest("2025-09-20", "2025-09-20")
            try await scene.database.psql("UPDATE _wh.ledger SET provisional = true")
            let state = try #require(try await states("2025-09-20", scene).first)
            #expect(state.state == .provisional && state.isEqual)
            #expect(state.note == "it was read before the replica had all of it; the next run reads it again")
        }
    }

    @Test("over a replica that is behind what the warehouse was loaded from compares nothing, and says so")
    func behind() async throws {
        try await withReadings { scene, source in
            try await scene.ingest("2025-09-20", "2025-09-21")
            try await source.primary.psql("UPDATE readings SET v = 'x' WHERE id = 3")
            try await source.replay()
            try await scene.database.psql("UPDATE _wh.ledger SET replay_lsn = 'FFFFFFFF/0'")
            let plan = try await scene.plan("2025-09-20", "2025-09-20")
            let states = try await Verifier(scene.warehouse, keys: scene.keys, spill: scene.spill, limits: scene.limits).verify(plan) { _ in
            }
            #expect(states.map(\.state) == [.failed] && states.first?.error?.code == "replicaBehind")
        }
    }

    @Test("of a source that cannot be read says so, and of the others what they are")
    func failed() async throws {
        try await withReadings { scene, source in
            try await scene.addTenant("tenant_b", source.standby, password: "wrong")
            try await scene.ingest("2025-09-20", "2025-09-20")
            let states = try await scene.verify("2025-09-20", "2025-09-20")
            #expect(states == ["tenant_a readings 2025-09-20 OK", "tenant_b readings 2025-09-20 FAILED"])
        }
    }
}
