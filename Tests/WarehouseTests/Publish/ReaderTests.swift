import Postgres
import Synchronization
import TestKit
import Testing
import Warehouse

@Suite("Readers while days are published", .timeLimit(.minutes(2)))
struct ReaderTests {
    private func withTarget(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            try await body(scene, try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a")))
        }
    }

    private final class Writer: Sendable { let isDone = Atomic(false) }

    @Test("with an open cursor finish the day they began", arguments: ["READ COMMITTED", "REPEATABLE READ"])
    func cursor(_ isolation: String) async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...500)), to: target)
            try await Connection.with(try ConnectionParameters(conninfo: scene.database.conninfo)) { reader in
                try await reader.query("BEGIN ISOLATION LEVEL \(isolation)")
                try await reader.query("DECLARE c CURSOR FOR SELECT id, note FROM public.r")
                try await reader.query("FETCH 10 FROM c")
                #expect(try await scene.publish(DayContent("2025-09-24", ids: Array(1...400), note: "new"), to: target) == .merged)
                let rest = try await reader.query("FETCH ALL FROM c").values
                #expect(rest.count == 490 && rest.allSatisfy { $0[1] == "note" })
                // Only the cursor is older than the publish, unless the transaction has one snapshot.
                let sees = isolation == "REPEATABLE READ" ? "500" : "400"
                #expect(try await reader.query("SELECT count(*) FROM public.r").scalar == sees)
                try await reader.query("COMMIT")
                #expect(try await reader.query("SELECT count(*), min(note) FROM public.r").values == [["400", "new"]])
            }
        }
    }

    @Test("never wait, and see the old day or the new one")
    func loop() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...1000)), to: target)
            let writer = Writer()
            let parameters = try ConnectionParameters(conninfo: scene.database.conninfo)
            let seen = try await withThrowingTaskGroup(of: Set<[String?]>.self) { group in
                group.addTask {
                    try await Connection.with(parameters) { reader in
                        try await reader.query("SET lock_timeout = '1s'")
                        var seen: Set<[String?]> = []
                        repeat {
                            let rows = try await reader.query(
                                "SELECT count(*), sum(id), count(DISTINCT note) FROM public.r WHERE at < '2025-09-25'"
                            ).values
                            seen.formUnion(rows)
                        } while !writer.isDone.load(ordering: .relaxed)
                        return seen
                    }
                }
                group.addTask {
                    defer { writer.isDone.store(true, ordering: .relaxed) }
                    for round in 1...12 {
                        let last: Int32 = round.isMultiple(of: 2) ? 1000 : 600
                        try await scene.publish(DayContent("2025-09-24", ids: Array(1...last), note: "round \(round)"), to: target)
                        // A new day beside it, attached to the same parent.
                        try await scene.publish(DayContent("2025-10-\(round + 10)", ids: [1]), to: target)
                    }
                    return []
                }
                return try await group.reduce(into: Set<[String?]>()) { $0.formUnion($1) }
            }
            #expect(seen.isSubset(of: [["1000", "500500", "1"], ["600", "180300", "1"]]))
            #expect(seen.count == 2)
        }
    }

    @Test("are not locked out while a day is attached: the parent is held with SHARE UPDATE EXCLUSIVE at most, and no view is locked")
    func locks() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            // Holds the publishing transaction at its COMMIT for as long as the test has the lock.
            try await scene.database.psql(
                """
                CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0
                    AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR UPDATE ON _wh.ledger DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION public.hold();
                """)
            try await Connection.with(try ConnectionParameters(conninfo: scene.database.conninfo)) { holder in
                for (day, ids) in [("2025-09-25", [2]), ("2025-09-24", [3])] as [(String, [Int32])] {
                    try await holder.query("SELECT pg_advisory_lock(4711)")
                    async let outcome = scene.publish(DayContent(day, ids: ids), to: target)
                    try await eventually("the publisher to reach its commit", within: .seconds(20)) {
                        try await holder.query(
                            """
                            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted
                                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                            """
                        ).scalar == "1"
                    }
                    let locks = try await holder.query(
                        """
                        SELECT DISTINCT l.relation::regclass = 'a.r_2025_09_24'::regclass, l.mode FROM pg_locks l JOIN pg_locks waiting USING (pid)
                        WHERE waiting.objid = 4711 AND NOT waiting.granted AND l.locktype = 'relation'
                            AND l.relation IN ('a.r_days'::regclass, 'a.r'::regclass, 'public.r'::regclass, 'a.r_2025_09_24'::regclass)
                        """
                    ).values
                    var harmless: Set = ["AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock"]
                    #expect(!locks.isEmpty && Set(locks.filter { $0[0] == "f" }.compactMap { $0[1] }).isSubset(of: harmless))
                    // A changed day's own table is kept from other writers, too.
                    harmless.insert("ShareRowExclusiveLock")
                    #expect(Set(locks.compactMap { $0[1] }).isSubset(of: harmless))
                    try await holder.query("SET lock_timeout = '1s'")
                    #expect(
                        try await holder.query("SELECT string_agg(id::text, ',' ORDER BY id) FROM public.r").scalar
                            == (day == "2025-09-25" ? "1" : "1,2"))
                    try await holder.query("SELECT pg_advisory_unlock(4711)")
                    _ = try await outcome
                }
                #expect(try await holder.query("SELECT string_agg(id::text, ',' ORDER BY id) FROM public.r").scalar == "2,3")
            }
        }
    }
}
