import Postgres
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("A part of a day", .timeLimit(.minutes(5)))
struct DayPartTests {
    /// A report with a key and without a unique index, and a day of it with the ids 1 to 400.
    private func withDay(
        indexes: String = "", _ body: (WarehouseScene, ReportTarget, DayContent) async throws -> Void
    ) async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r", indexes: indexes, keys: ["id"])
            let target = try await scene.ensure(report, for: try await scene.addTenant("a"))
            let day = try DayContent("2025-09-24", ids: Array(1...400)).bucketed()
            try await scene.publish(day, to: target)
            try await body(scene, target, day)
        }
    }

    private func changed(_ ids: [Int32], note: String = "note", run: Int64 = 2) throws -> DayContent {
        try DayContent("2025-09-24", ids: ids, note: note, run: run).bucketed()
    }

    private static let ledger = "SELECT rows, bytes, digest, run_id FROM _wh.ledger"
    private static let buckets = "SELECT day, digest, key_column, md5(digests) FROM _wh.day_buckets ORDER BY day"

    @Test(
        "replaces the rows of its buckets and no others; ledger and buckets are about the whole day", arguments: ["", WarehouseScene.index])
    func replaces(_ indexes: String) async throws {
        try await withDay(indexes: indexes) { scene, target, old in
            let versions = "SELECT ctid, xmin, r::text FROM a.r_2025_09_24 r"
            let before = Set(try await scene.database.psql(versions).split(separator: "\n"))
            // 17 to 23 stay, 16 goes, 1000 comes.
            let new = try changed(Array(1...15) + Array(17...400) + [1000])
            let part = try new.part(replacing: old)
            #expect(part.load.part?.rows == 8 && part.load.part?.buckets.buckets.count == 2)
            let result = try await scene.publishing(part, to: target)
            #expect(result == PublishResult(outcome: .merged, inserted: 1, deleted: 1))
            let after = Set(try await scene.database.psql(versions).split(separator: "\n"))
            #expect(after.subtracting(before).count == 1 && before.subtracting(after).count == 1)
            #expect(try await scene.database.psql("SELECT count(*), sum(id) FROM a.r") == "400|\(80_200 - 16 + 1000)")
            #expect(try await scene.database.psql(Self.ledger) == "400|\(new.load.bytes)|\(new.load.digest)|2")
            let known = try await scene.known(["2025-09-24": new.load.digest])
            #expect(known == [new.load.day: try #require(new.load.buckets)])
            #expect(try await scene.publish(new.loaded(distrustsLedger: true), to: target) == .loaded)
        }
    }

    @Test(
        "is as exact as the whole day for keys of any integer type, negative ones and those at the ends",
        arguments: ["int2", "int4", "int8"])
    func types(_ type: String) async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r", columns: "note text, k \(type), day date", indexes: "", keys: ["k"])
            let twin = try await scene.report("t", columns: "note text, k \(type), day date", indexes: "", keys: ["k"])
            let tenant = try await scene.addTenant("a")
            let (target, other) = (try await scene.ensure(report, for: tenant), try await scene.ensure(twin, for: tenant))
            let most = type == "int2" ? "32767" : type == "int4" ? "2147483647" : "9223372036854775807"
            func content(_ note: String, _ keys: String, _ run: Int64) async throws -> DayContent {
                let query = "SELECT \(note), k::\(type), date '2025-09-24' FROM (\(keys)) k(k)"
                return try await DayContent("2025-09-24", selecting: query, in: scene, run: run).bucketed(key: 1)
            }
            let keys = "SELECT generate_series(-300, 300) UNION ALL SELECT -\(most) - 1 UNION ALL SELECT \(most)"
            let old = try await content("'a'", keys, 1)
            let note = "CASE WHEN k IN (-\(most) - 1, -300, -1, 0, \(most)) THEN 'b' ELSE 'a' END"
            let new = try await content(note, "SELECT * FROM (\(keys)) x(k) WHERE k <> -8 UNION ALL SELECT 301", 2)
            for target in [target, other] { try await scene.publish(old, to: target) }
            let part = try new.part(replacing: old, key: 1)
            #expect(try #require(part.load.part).rows < 60)
            let result = try await scene.publishing(part, to: target)
            #expect(result == PublishResult(outcome: .merged, inserted: 6, deleted: 6))
            #expect(try await scene.publishing(new, to: other) == result)
            #expect(
                try await scene.database.psql("(TABLE a.r EXCEPT ALL TABLE a.t) UNION ALL (TABLE a.t EXCEPT ALL TABLE a.r)") == "")
        }
    }

    @Test("of a day that another run has published meanwhile, or that is gone, is refused", arguments: [false, true])
    func stale(_ isGone: Bool) async throws {
        try await withDay { scene, target, old in
            if isGone {
                try await scene.database.psql("DROP TABLE a.r_2025_09_24")
            } else {
                try await scene.publish(changed(Array(1...399)), to: target)
            }
            let state = Self.ledger + ";" + Self.buckets + "; SELECT count(*) FROM a.r"
            let before = try await scene.database.psql(state)
            let part = try changed(Array(1...400) + [1000], run: 3).part(replacing: old)
            let error = await #expect(throws: WarehouseError.self) { try await scene.publish(part, to: target) }
            #expect(error?.code == .changedMeanwhile)
            #expect(try await scene.database.psql(state) == before)
        }
    }

    @Test("of a day that has its rows already changes nothing")
    func same() async throws {
        try await withDay { scene, target, old in
            let new = try changed(Array(1...400) + [1000])
            try await scene.publish(new, to: target)
            #expect(try await scene.publish(changed(Array(1...400) + [1000], run: 3).part(replacing: old), to: target) == .unchanged)
        }
    }

    @Test("that does not make the whole right, because somebody changed the table, leaves the day, and the next run reads it whole")
    func changedByHand() async throws {
        try await withDay { scene, target, old in
            try await scene.database.psql("DELETE FROM a.r_2025_09_24 WHERE id = 18")
            let new = try changed(Array(1...15) + Array(17...400))
            let before = try await scene.database.psql(Self.ledger)
            let error = await #expect(throws: WarehouseError.self) { try await scene.publish(new.part(replacing: old), to: target) }
            #expect(error?.code == .rowCountMismatch)
            #expect(error?.message == "the day would have 400 rows of 399: its table is not as it was published")
            #expect(try await scene.database.psql(Self.ledger) == before)
            #expect(try await scene.known(["2025-09-24": old.load.digest]) == [:])
            #expect(try await scene.publish(new, to: target) == .merged)
            #expect(try await scene.database.psql("SELECT count(*) FROM a.r") == "399")
        }
    }

    @Test("with fewer rows than were read is refused, and one with two rows of the same key")
    func refuses() async throws {
        try await withDay { scene, target, old in
            let part = try changed(Array(1...400) + [1000, 1001]).part(replacing: old)
            let short = try changed(Array(1...400) + [1000]).part(replacing: old)
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.publish(DayContent(load: part.load, bytes: short.bytes), to: target)
            }
            #expect(error?.code == .rowCountMismatch)
            let doubled = try changed(Array(1...400) + [42]).part(replacing: old)
            let again = await #expect(throws: WarehouseError.self) { try await scene.publish(doubled, to: target) }
            #expect(again?.code == .duplicateKey && again?.message.contains("(id)=(42)") == true)
            #expect(try await scene.database.psql("SELECT count(*) FROM a.r") == "400")
        }
    }

    @Test("is held like the whole day when that shrinks too far")
    func shrinks() async throws {
        try await withDay { scene, target, old in
            let part = try changed(Array(1...100)).part(replacing: old)
            let error = await #expect(throws: WarehouseError.self) { try await scene.publish(part, to: target) }
            #expect(error?.code == .shrunk)
            #expect(try await scene.publish(part.loaded(acceptsShrink: true), to: target) == .merged)
            #expect(try await scene.database.psql("SELECT count(*), max(id) FROM a.r") == "100|100")
        }
    }

    @Test("of which all rows changed or went leaves the other rows of the day as they are")
    func allChanged() async throws {
        try await withDay { scene, target, _ in
            func content(_ rows: String, _ run: Int64) async throws -> DayContent {
                let query = "SELECT id::int, timestamptz '2025-09-25 12:00+00', \(rows)"
                return try await DayContent("2025-09-25", selecting: query, in: scene, run: run).bucketed()
            }
            let old = try await content("'a' FROM generate_series(1, 400) id", 1)
            try await scene.publish(old, to: target)
            let versions = "SELECT id, ctid, xmin FROM a.r_2025_09_25 ORDER BY id"
            let before = try await scene.database.psql(versions).split(separator: "\n")
            // All of two buckets, 1 to 7 and 8 to 15.
            let new = try await content("CASE WHEN id < 16 THEN 'b' ELSE 'a' END FROM generate_series(8, 400) id", 2)
            let part = try new.part(replacing: old)
            #expect(part.load.part?.rows == 8)
            #expect(try await scene.publishing(part, to: target) == PublishResult(outcome: .merged, inserted: 8, deleted: 15))
            #expect(try await scene.database.psql(versions).split(separator: "\n").suffix(385) == before.suffix(385))
            #expect(
                try await scene.database.psql("SELECT note, count(*), min(id), max(id) FROM a.r_2025_09_25 GROUP BY 1 ORDER BY 1")
                    == "a|385|16|400\nb|8|8|15")
        }
    }
}
