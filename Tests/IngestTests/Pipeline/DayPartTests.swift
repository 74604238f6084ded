@testable import Ingest
import Postgres
import PostgresBinary
import Reports
import Spill
import TestKit
import Testing
import Warehouse

@Suite("A day of a native report of which few rows changed", .timeLimit(.minutes(5)))
struct DayPartTests {
    private static let first = "2025-09-20"
    private static let last = "2025-09-22"
    private static let day = "logged_time >= '2025-09-21 00:00+00' AND logged_time < '2025-09-22 00:00+00'"

    /// A tenant with three days of food logs, 2,000 a day, all of them loaded, and a proxy before the warehouse.
    private func withLoadedDays(_ body: (Scene, ReplicatedDatabase, FaultProxy) async throws -> Void) async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await withDatabase(on: .warehouse) { database in
                    try await withFaultProxy(to: database.port) { proxy in
                        try await withScene(in: database, port: proxy.port) { scene in
                            try await scene.addTenant("tenant_a", source.standby)
                            try await FoodLogSource.fill(source.primary, firstDay: Self.first, days: 3, rowsPerDay: 2000)
                            try await source.replay()
                            try await scene.database.psql(file: "\(FoodLogSource.scripts)/template-foodlogstats.sql")
                            #expect(try await scene.ingest(Self.first, Self.last).totals.loaded == 3)
                            try await body(scene, source, proxy)
                        }
                    }
                }
            }
        }
    }

    private func change(_ source: ReplicatedDatabase, _ sql: String) async throws {
        try await source.primary.psql(sql)
        try await source.replay()
    }

    /// The warehouse has what a tenant has that is loaded now, whole.
    private func expectTwin(_ scene: Scene, _ source: ReplicatedDatabase) async throws {
        try await scene.addTenant("twin", source.standby)
        let twin = try await scene.ingest(Self.first, Self.last, Selection(tenants: ["twin"]))
        #expect(twin.totals.loaded == 3)
        let compared = try await scene.database.psql(
            """
            SELECT count(*) FROM ((TABLE tenant_a.foodlogstats EXCEPT ALL TABLE twin.foodlogstats)
                UNION ALL (TABLE twin.foodlogstats EXCEPT ALL TABLE tenant_a.foodlogstats)) x;
            SELECT count(*) FROM _wh.ledger a JOIN _wh.ledger b USING (template_name, day, rows, bytes, digest)
                WHERE a.schema_name = 'tenant_a' AND b.schema_name = 'twin';
            SELECT count(*) FROM _wh.day_buckets a JOIN _wh.day_buckets b USING (template_name, day, digest, key_column, digests)
                WHERE a.schema_name = 'tenant_a' AND b.schema_name = 'twin';
            """)
        #expect(compared == "0\n3\n3")
        #expect(try await scene.verify(Self.first, Self.last).allSatisfy { $0.hasSuffix(" OK") })
        #expect(try await scene.spillFiles() == [])
        #expect(scene.spill.quota.usage.used == 0)
    }

    @Test("is merged to what a twin has that loads it whole; a few rows of it go to the warehouse, and the other days are not touched")
    func merges() async throws {
        try await withLoadedDays { scene, source, proxy in
            let versions = "SELECT tableoid::regclass, ctid, xmin, id FROM tenant_a.foodlogstats_days ORDER BY 1, 2"
            let before = Set(try await scene.database.psql(versions).split(separator: "\n"))
            try await change(
                source,
                """
                UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id IN (2001, 2002, 3000, 4000);
                DELETE FROM phood_foodlogsum WHERE id IN (2003, 3500);
                INSERT INTO phood_foodlogsum SELECT -id, location_id, inventory_item_id, pan_id, action_taken_id, action_reason_id,
                    validation_status, quantity, logged_time, flags FROM phood_foodlogsum WHERE id BETWEEN 3001 AND 3003;
                """)
            let parts = try await scene.read(Self.first, Self.last)
            #expect(parts.map(\.day) == ["2025-09-21"] && parts.allSatisfy { $0.isPart && $0.rows < 60 }, "\(parts)")
            let sent = proxy.bytes(.toServer)
            let result = try await scene.ingest(Self.first, Self.last)
            let bytes = proxy.bytes(.toServer) - sent
            #expect(result.totals.merged == 1 && result.totals.unchanged == 2)
            #expect(result.totals.inserted == 7 && result.totals.deleted == 6 && result.days[1].rows == 2001)
            let size = try #require(Int(try await scene.database.psql("SELECT bytes FROM _wh.ledger WHERE day = '2025-09-21'")))
            #expect(bytes < size / 4, "\(bytes) of \(size)")
            let after = Set(try await scene.database.psql(versions).split(separator: "\n"))
            #expect(after.subtracting(before).count == 7 && before.subtracting(after).count == 6)
            #expect(after.symmetricDifference(before).allSatisfy { $0.hasPrefix("tenant_a.foodlogstats_2025_09_21|") })
            // What was merged is what the next change is compared with.
            try await change(source, "DELETE FROM phood_foodlogsum WHERE id = -3002")
            let again = try await scene.ingest(Self.first, Self.last)
            #expect(again.totals.merged == 1 && again.totals.deleted == 1 && again.totals.inserted == 0)
            try await expectTwin(scene, source)
        }
    }

    /// Why a day is read and merged whole.
    enum Reason: CaseIterable {
        case noKey, hadNoKey, manyChanged, bucketsAreGone, bucketsAreStale, otherKey, expectations, distrusted
    }

    @Test("is read and merged whole where that is not known, is not few, or is not to be trusted", arguments: Reason.allCases)
    func whole(_ reason: Reason) async throws {
        try await withLoadedDays { scene, source, _ in
            try await source.primary.psql("ALTER TABLE phood_foodlogsum DROP CONSTRAINT phood_foodlogsum_pkey, ALTER id DROP NOT NULL")
            try await change(source, "UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id = 2001")
            var options = RunOptions()
            switch reason {
            case .noKey: try await change(source, "UPDATE phood_foodlogsum SET id = NULL WHERE id = 2002")
            case .hadNoKey:
                try await change(source, "UPDATE phood_foodlogsum SET id = NULL WHERE id = 2002")
                #expect(try await scene.ingest(Self.first, Self.last).totals.merged == 1)
                try await change(source, "UPDATE phood_foodlogsum SET id = 2002 WHERE id IS NULL")
            case .manyChanged: try await change(source, "UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id % 16 = 1")
            case .bucketsAreGone: try await scene.database.psql("DELETE FROM _wh.day_buckets WHERE day = '2025-09-21'")
            case .bucketsAreStale:
                try await scene.database.psql("UPDATE _wh.day_buckets SET digest = reverse(digest), digests = digests || digests")
            case .otherKey: try await scene.database.psql("UPDATE _wh.mv_templates SET key_columns = '{action_taken_id, id}'")
            case .expectations:
                try await scene.database.psql(
                    #"UPDATE _wh.mv_templates SET expectations = '[{"check": "not_null", "column": "id", "on_failure": "warn"}]'"#)
            case .distrusted: options.distrustsLedger = true
            }
            let days = try await scene.read(Self.first, Self.last, trustsLedger: !options.distrustsLedger)
            #expect(days.contains { $0.day == "2025-09-21" } && days.allSatisfy { !$0.isPart && $0.rows == 2000 }, "\(days)")
            let result = try await scene.engine.run(try await scene.plan(Self.first, Self.last), as: .ingest, options) { _ in }
            #expect(result.outcome == .done && result.totals.merged == (reason == .manyChanged ? 3 : 1), "\(result.lines)")
            let kept = try await scene.database.psql(
                """
                SELECT count(*) FROM _wh.day_buckets JOIN _wh.ledger USING (schema_name, template_name, day, digest)
                WHERE day = '2025-09-21' AND key_column = 'id'
                """)
            #expect(kept == (reason == .noKey || reason == .otherKey || reason == .expectations ? "0" : "1"))
            #expect(try await scene.verify(Self.first, Self.last).allSatisfy { $0.hasSuffix(" OK") })
        }
    }

    @Test("and that another run has published meanwhile fails and is what that one made of it; the next run reads it whole")
    func changedMeanwhile() async throws {
        try await withLoadedDays { scene, source, _ in
            try await change(source, "UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id = 2001")
            var scene = scene
            scene.limits.loaders = 1
            let result = try await scene.warehouse.withSession { [scene] session in
                // Nothing is loaded before this session lets go of the only loader's place.
                let loaders = SharedLimit("loaders", slots: 1)
                let slot = try #require(try await loaders.take(held: [], waited: false, session))
                async let result = scene.ingest(Self.first, Self.last)
                try await eventually("a part of the day is spilled", within: .seconds(60)) {
                    try await scene.spillFiles().contains { $0.hasSuffix("2025-09-21-part.lz4") }
                }
                try await scene.database.psql("UPDATE _wh.ledger SET digest = reverse(digest) WHERE day = '2025-09-21'")
                try await loaders.free(slot, session)
                return try await result
            }
            #expect(result.totals.failed == 1 && result.totals.unchanged == 2)
            #expect(result.days[1].error?.code == "changedMeanwhile")
            #expect(try await scene.ingest(Self.first, Self.last).totals.merged == 1)
            try await expectTwin(scene, source)
        }
    }

    @Test("has its buckets as long as late rows may come: a run removes those of days that are older")
    func removesOld() async throws {
        try await withLoadedDays { scene, _, _ in
            #expect(try await scene.ingest("2025-07-22", "2025-07-23").totals.loaded == 2)
            let days = "SELECT string_agg(day::text, ' ' ORDER BY day) FROM _wh.day_buckets"
            let kept = "2025-07-23 2025-09-20 2025-09-21 2025-09-22"
            #expect(try await scene.database.psql(days) == kept)
            try await scene.database.psql(
                """
                INSERT INTO _wh.day_buckets SELECT schema_name, template_name, day, digest, 'id', '' FROM _wh.ledger
                WHERE day = '2025-07-22'
                """)
            #expect(try await scene.ingest(Self.last, Self.last).totals.unchanged == 1)
            #expect(try await scene.database.psql(days) == kept)
        }
    }

    @Test("names the two rows that have the same key")
    func duplicateKey() async throws {
        try await withLoadedDays { scene, source, _ in
            try await source.primary.psql("ALTER TABLE phood_foodlogsum DROP CONSTRAINT phood_foodlogsum_pkey")
            try await change(source, "UPDATE phood_foodlogsum SET id = 2009 WHERE id = 2010")
            let result = try await scene.ingest(Self.first, Self.last)
            #expect(result.totals.failed == 1 && result.totals.unchanged == 2)
            let error = try #require(result.days[1].error)
            #expect(error.code == "duplicateKey" && error.message.contains("(id)=(2009): two rows of the day: id = 2009, "), "\(error)")
            #expect(
                try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.foodlogstats WHERE \(Self.day)")
                    == "2000|2000")
        }
    }
}

extension Scene {
    /// Reads a range as a run does, and throws away what it kept: days with the rows that were kept.
    fileprivate func read(
        _ first: String, _ last: String, trustsLedger: Bool = true
    ) async throws -> [(day: String, rows: Int, isPart: Bool)] {
        let plan = try await plan(first, last)
        let part = try #require(plan.parts.first)
        let slice = try #require(part.slices.first)
        let parameters = try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone)
        let control = ControlSession(warehouse)
        var days: [ReadDay] = []
        try await Connection.with(parameters) { connection in
            let state = try await SourceState.read(connection)
            try await spill.quota.withShare { share in
                let files = SliceSpill(
                    part, slice, at: state, plan: plan.identity, run: "test", trustsLedger: trustsLedger, spill, share,
                    known: { days in
                        let digests = days.reduce(into: [:]) { $0[$1.day] = $1.knownDigest }
                        let known = try? await control.perform {
                            try await DayBuckets.of(digests, schema: part.tenant.schema, report: part.report, $0)
                        }
                        return known ?? [:]
                    }, began: { _ in }
                ) { days.append($0) }
                try await SliceReader(report: part.report, bounds: slice.bounds) { _, _ in }
                    .read(over: connection, at: state, into: files)
            }
        }
        await control.close()
        for file in days.compactMap(\.file) { try spill.remove(run: file.run, name: file.name) }
        return days.filter { $0.file != nil }.map { day in
            let isPart = if case .changed = day.content { true } else { false }
            return (day.day.day.description, day.file?.rows ?? 0, isPart)
        }
    }
}
