import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Publishing a day", .timeLimit(.minutes(2)))
struct DayPublisherTests {
    /// Runs `body` with the report `r` of tenant `a`.
    private func withTarget(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            try await body(scene, try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a")))
        }
    }

    @Test("attaches a new day: frozen rows, indexes, a CHECK of its bounds, statistics, grants, and its ledger row")
    func attaches() async throws {
        try await withTarget { scene, target in
            let day = try DayContent("2025-09-24", ids: Array(1...100), run: 7)
            #expect(try await scene.publish(day, to: target) == .loaded)
            let facts = try await scene.database.psql(
                """
                SELECT count(*) FROM a.r_2025_09_24;
                SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = 'a.r_2025_09_24'::regclass;
                SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'a.r_2025_09_24'::regclass;
                SELECT convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'a.r_2025_09_24'::regclass;
                SELECT reltuples FROM pg_class WHERE oid = 'a.r_2025_09_24'::regclass;
                SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'a.r_2025_09_24'::regclass;
                """)
            let lines = facts.split(separator: "\n").map(String.init)
            #expect(lines[0...2] == ["100", "a.r_days", "CREATE UNIQUE INDEX idx_r_2025_09_24_id ON a.r_2025_09_24 USING btree (id)"])
            #expect(
                lines[3].hasPrefix("t|CHECK") && lines[3].contains("2025-09-24 00:00:00+00") && lines[3].contains("2025-09-25 00:00:00+00"))
            #expect(lines[4...5] == ["100", scene.warehouse.roles.engine])
            // HEAP_XMIN_FROZEN
            let frozen = try await scene.database.psql(
                "CREATE EXTENSION pageinspect; SELECT bool_and(t_infomask & 768 = 768) FROM heap_page_items(get_raw_page('a.r_2025_09_24', 0))"
            )
            #expect(frozen == "t")
            #expect(
                try await scene.database.psql("SELECT day, day_table, rows, digest, provisional, run_id FROM _wh.ledger")
                    == "2025-09-24|r_2025_09_24|100|\(day.load.digest)|f|7")
        }
    }

    @Test("of an empty day leaves a day with no rows, which is not a missing one")
    func emptyDay() async throws {
        try await withTarget { scene, target in
            let (day, later) = (try DayContent("2025-09-24", ids: []), try DayContent("2025-09-24", ids: [], run: 2))
            #expect(try await scene.publish(day, to: target) == .loaded)
            // The same run asks again, as after a commit whose answer was lost.
            #expect(try await scene.publish(day, to: target) == .loaded)
            #expect(try await scene.publish(later, to: target) == .unchanged)
            #expect(try await scene.database.psql("SELECT rows, report FROM public.warehouse_freshness") == "0|r")
        }
    }

    @Test("of an unchanged day writes nothing but that it was checked")
    func unchanged() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 3], provisional: true), to: target)
            let rows = "SELECT ctid, xmin, id FROM a.r_2025_09_24 ORDER BY id"
            let before = (try await scene.database.psql(rows), try await scene.database.psql("SELECT loaded_at FROM _wh.ledger"))
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [3, 1, 2], run: 2), to: target) == .unchanged)
            #expect(try await scene.database.psql(rows) == before.0)
            #expect(try await scene.database.psql("SELECT loaded_at FROM _wh.ledger") == before.1)
            #expect(try await scene.database.psql("SELECT provisional, run_id, checked_at > loaded_at FROM _wh.ledger") == "f|2|t")
        }
    }

    @Test("of a changed day leaves the new rows and no others")
    func replaces() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 3]), to: target)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [2, 3, 4, 5], note: "new"), to: target) == .merged)
            #expect(try await scene.database.psql("SELECT id, note FROM public.r ORDER BY id") == "2|new\n3|new\n4|new\n5|new")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: []).loaded(acceptsShrink: true), to: target) == .merged)
            #expect(try await scene.database.psql("SELECT count(*) FROM public.r") == "0")
        }
    }

    @Test("that fails leaves day and ledger as they were", arguments: [false, true])
    func failure(_ isKnown: Bool) async throws {
        try await withTarget { scene, target in
            if isKnown { try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target) }
            let state =
                "SELECT * FROM _wh.ledger; SELECT * FROM public.r ORDER BY id; SELECT relname FROM pg_class WHERE relnamespace = 'a'::regnamespace ORDER BY 1"
            let before = try await scene.database.psql(state)
            struct Spoiled: Error {}
            let day = try DayContent("2025-09-24", ids: [7, 8, 9])
            await #expect(throws: Spoiled.self) {
                try await scene.warehouse.withSession { session in
                    try await DayPublisher(target, session).publish(day.load) { stream in
                        try await day.put(on: stream)
                        throw Spoiled()
                    }
                }
            }
            #expect(try await scene.database.psql(state) == before)
            // Fewer rows than were read.
            let short = try DayContent("2025-09-24", ids: [7, 8])
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { session in
                    try await DayPublisher(target, session).publish(day.load) { try await short.put(on: $0) }
                }
            }
            #expect(error?.code == .rowCountMismatch)
            #expect(try await scene.database.psql(state) == before)
        }
    }

    @Test("of rows with the same key names the key and leaves the old day")
    func duplicateKey() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            for day in ["2025-09-24", "2025-09-25"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await scene.publish(DayContent(day, ids: [5, 42, 42]), to: target)
                }
                #expect(error?.sqlstate?.code == "23505")
                #expect(error?.duplicateKey == "(id)=(42)")
            }
            #expect(try await scene.database.psql("SELECT id FROM public.r") == "1")
        }
    }

    @Test("from an older position of the same source is refused, and from another source is not")
    func olderPosition() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1], lsn: "2/0"), to: target)
            let older = await #expect(throws: WarehouseError.self) {
                try await scene.publishing(DayContent("2025-09-24", ids: [2], lsn: "1/FFFFFFFF"), to: target)
            }
            #expect(older?.code == .newerSnapshot && older?.hint?.hasSuffix("dayhaul tenant set a --accept-source") == true)
            #expect(
                older?.message == "the warehouse has this day from a newer snapshot (2/0) of the same source; this one is 1/FFFFFFFF")
            #expect(try await scene.database.psql("SELECT id FROM public.r") == "1")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [3], lsn: "10/0"), to: target) == .merged)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [4]), to: target) == .merged)
        }
    }

    @Test("from an older timeline of the same source is refused, however far it went after the newer one began")
    func olderTimeline() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1], lsn: "2/0", timeline: 2), to: target)
            let older = await #expect(throws: WarehouseError.self) {
                try await scene.publishing(DayContent("2025-09-24", ids: [2], lsn: "3/0", timeline: 1), to: target)
            }
            #expect(older?.message.contains("(2/0 on timeline 2) of the same source; this one is 3/0 on timeline 1") == true)
            #expect(try await scene.database.psql("SELECT id FROM public.r") == "1")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [3], lsn: "1/0", timeline: 3), to: target) == .merged)
        }
    }

    @Test("says how many rows it wrote and took")
    func counts() async throws {
        try await withTarget { scene, target in
            let first = try await scene.publishing(DayContent("2025-09-24", ids: Array(1...10)), to: target)
            #expect(first == PublishResult(outcome: .loaded, inserted: 10))
            let second = try await scene.publishing(DayContent("2025-09-24", ids: Array(2...12), run: 2), to: target)
            #expect(second == PublishResult(outcome: .merged, inserted: 2, deleted: 1))
            let third = try await scene.publishing(DayContent("2025-09-24", ids: Array(2...12), run: 3), to: target)
            #expect(third == PublishResult(outcome: .unchanged))
        }
    }

    @Test("of a day whose table was dropped by hand loads it anew")
    func droppedTable() async throws {
        try await withTarget { scene, target in
            let day = try DayContent("2025-09-24", ids: [1])
            try await scene.publish(day, to: target)
            try await scene.database.psql("DROP TABLE a.r_2025_09_24")
            #expect(try await scene.publish(day, to: target) == .loaded)
            #expect(try await scene.database.psql("SELECT id FROM public.r") == "1")
        }
    }

    @Test("leaves alone a day's table that somebody detached")
    func detachedTable() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            try await scene.database.psql("ALTER TABLE a.r_days DETACH PARTITION a.r_2025_09_24")
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            }
            #expect(error?.code == .nameTaken)
            #expect(try await scene.database.psql("SELECT id FROM a.r_2025_09_24") == "1")
        }
    }

    @Test("leaves alone a table of the day's name that is not the engine's")
    func foreignTable() async throws {
        try await withTarget { scene, target in
            try await scene.database.psql("CREATE TABLE a.r_2025_09_24 AS SELECT 42 AS answer")
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            }
            #expect(error?.code == .nameTaken)
            #expect(try await scene.database.psql("SELECT answer FROM a.r_2025_09_24") == "42")
        }
    }

    @Test("leaves readers access to all reports and to nothing of the control schema, each time")
    func grants() async throws {
        try await withTarget { scene, target in
            for (day, ids) in [("2025-09-24", [1]), ("2025-09-25", [2]), ("2025-09-24", [3])] as [(String, [Int32])] {
                try await scene.publish(DayContent(day, ids: ids), to: target)
                for role in [scene.warehouse.roles.reader, scene.warehouse.roles.writer, scene.warehouse.roles.admin] {
                    let table = day.replacing("-", with: "_")
                    let read = "SELECT id FROM a.r_\(table); SELECT max(id) FROM a.r; SELECT max(id) FROM public.r"
                    #expect(try await scene.psql(as: role, read) == "\(ids[0])\n\(ids[0])\n\(ids[0])")
                }
                let owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'a'::regnamespace"
                #expect(try await scene.database.psql(owners) == scene.warehouse.roles.engine)
            }
            let error = await #expect(throws: ClusterError.self) {
                try await scene.psql(as: scene.warehouse.roles.reader, "TABLE _wh.ledger")
            }
            #expect(error?.sqlstate == "42501")
            let write = await #expect(throws: ClusterError.self) {
                try await scene.psql(as: scene.warehouse.roles.writer, "DELETE FROM a.r")
            }
            #expect(write?.sqlstate == "42501")
        }
    }

    @Test("takes nothing into a report that somebody else made under its names")
    func foreignObjects() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            let writer = scene.warehouse.roles.writer
            for name in ["a.r_2025_09_25", "public.r_2025_09_25"] {
                let error = await #expect(throws: ClusterError.self) {
                    try await scene.psql(as: writer, "CREATE TABLE \(name) AS SELECT 66 AS id, now() AS at, 'theirs' AS note")
                }
                #expect(error?.sqlstate == "42501")
            }
            // In a schema of their own they may have all the names there are, and say so in their search_path.
            try await scene.database.psql(
                "CREATE SCHEMA own AUTHORIZATION \(writer); ALTER DATABASE \(scene.database.database) SET search_path = own, public")
            try await scene.psql(
                as: writer,
                """
                CREATE TABLE own.r_days AS SELECT 66 AS id, now() AS at, 'theirs' AS note; CREATE VIEW own.r AS TABLE own.r_days;
                CREATE TABLE own.r_2025_09_24 AS TABLE own.r_days; CREATE TABLE own.dayhaul_staged AS TABLE own.r_days;
                CREATE FUNCTION own.md5(text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
                CREATE FUNCTION own.count(text) RETURNS bigint LANGUAGE sql AS $$ SELECT 66 $$;
                """)
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            try await scene.publish(DayContent("2025-09-25", ids: [3]), to: target)
            try await scene.ensure(target.report, for: try await scene.addTenant("b", schema: "b"))
            #expect(
                try await scene.database.psql("SELECT schema_name, id, note FROM public.r ORDER BY id") == "a|1|note\na|2|note\na|3|note")
            #expect(try await scene.database.psql("SELECT count(*) FROM own.r_2025_09_24") == "1")
        }
    }

    @Test("of a day whose lock a login holds that is no run is never taken for done", arguments: ["day", "run day"])
    func foreignLock(_ kind: String) async throws {
        try await withTarget { scene, target in
            let reader = scene.warehouse.roles.reader
            try await scene.database.psql("ALTER ROLE \(reader) LOGIN PASSWORD 'p'")
            let login = try ConnectionParameters(
                conninfo: "host=127.0.0.1 port=\(scene.database.port) dbname=\(scene.database.database) user=\(reader) password=p")
            try await Connection.with(login) { session in
                let key = "'dayhaul.\(kind)', 'a'::text, 'r'::text, '2025-09-24'::date" + (kind == "day" ? "" : ", 1::bigint")
                let process = try #require(
                    try await session.query(
                        "SELECT pg_backend_pid() FROM pg_advisory_lock(hashtextextended(jsonb_build_array(\(key))::text, 0))"
                    ).scalar)
                let error = await #expect(throws: WarehouseError.self) {
                    try await scene.publishing(DayContent("2025-09-24", ids: [1]), to: target)
                }
                #expect(error?.code == .lockTaken)
                #expect(error?.message == "\(reader) (process \(process)) holds the lock on 2025-09-24 of a.r and is no run of dayhaul")
                // The hint's statement ends it, for those whom the hint names and for no other login.
                let statement = String(try #require(error?.hint?.firstMatch(of: /: (SELECT .*)$/)?.1))
                let helper = "helper_\(scene.database.database)"
                try await scene.database.psql("CREATE ROLE \(helper) LOGIN PASSWORD 'p'")
                let refused = await #expect(throws: ClusterError.self) {
                    try await scene.database.psql(statement, user: helper, password: "p")
                }
                #expect(refused?.sqlstate == "42501")
                try await scene.database.psql("GRANT pg_signal_backend TO \(helper)")
                try await scene.database.psql(statement, user: helper, password: "p")
                try await scene.database.psql("DROP ROLE \(helper)")
            }
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target) == .loaded)
        }
    }

    @Test("of one day by two at once is done by one of them")
    func twoPublishers() async throws {
        try await withTarget { scene, target in
            let day = try DayContent("2025-09-24", ids: [1])
            let other = try await scene.warehouse.withSession { session in
                try await DayPublisher(target, session).publish(day.load) { stream in
                    let late = try await scene.publishing(DayContent("2025-09-24", ids: [2], run: 2), to: target)
                    #expect(late == PublishResult(outcome: .skipped, reason: "another run is publishing this day"))
                    // The same run has lost the session that publishes, and does not know what became of it.
                    let lost = await #expect(throws: WarehouseError.self) {
                        try await scene.publishing(DayContent("2025-09-24", ids: [2]), to: target)
                    }
                    #expect(lost?.code == .stillPublishing)
                    // Another day goes ahead meanwhile.
                    #expect(try await scene.publish(DayContent("2025-09-25", ids: [3]), to: target) == .loaded)
                    try await day.put(on: stream)
                }
            }
            #expect(other.outcome == .loaded)
            #expect(try await scene.database.psql("SELECT id FROM public.r ORDER BY 1") == "1\n3")
        }
    }
}
