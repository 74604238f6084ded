import CrashPoints
import FoundationEssentials
import TestKit
import Testing

@Suite("A run that is killed with SIGKILL", .timeLimit(.minutes(8)))
struct CrashWalkTests {
    /// For each point a day that is in the warehouse and changed since, and the day after it, which is not.
    private struct Stop {
        let point: CrashPoint
        let old: String
        let new: String
        /// Of the old day few rows changed, so that only its buckets that differ are read and merged.
        let isPart: Bool
        /// How many days the same command may find spilled when it is given again. There is one loader, which takes the old day first, while
        /// the new day is being read.
        let resumed: ClosedRange<Int>
    }

    /// The points that no `ingest` reaches: those of `init` (ControlSchemaTests, InitTests), of the worker
    /// (WorkerFaultTests), and of what is dropped (TenantDropTests, DayDropTests).
    private static let otherPoints: Set<CrashPoint> = [
        .schemaMigrated, .requestClaimed, .requestPlanned, .requestFinished, .removalBegun, .removalBatch, .daysDropped,
    ]

    /// The points that are reached while a part of the old day is on its way.
    private static let partPoints: [CrashPoint] = [
        .daySpilled, .sliceSpilled, .dayTaken, .mergeStaged, .mergeDeleted, .mergeInserted, .dayRecorded, .bucketsRecorded, .dayCommitting,
        .dayCommitted, .spillRemoved,
    ]

    private static let stops =
        (CrashPoint.allCases.filter { !otherPoints.contains($0) }.map { ($0, false) } + partPoints.map { ($0, true) }).enumerated().map {
            index, stop in
            Stop(
                point: stop.0, old: day(2 * index), new: day(2 * index + 1), isPart: stop.1,
                // A part of a day is read again.
                resumed: stop.1 ? 0...1 : resumed(after: stop.0))
        }

    /// A day by its place after the first, in September, October or November.
    private static func day(_ place: Int) -> String {
        let (month, number) = place < 30 ? ("09", place) : place < 61 ? ("10", place - 30) : ("11", place - 61)
        return "2025-\(month)-\(number < 9 ? "0" : "")\(number + 1)"
    }

    private static func resumed(after point: CrashPoint) -> ClosedRange<Int> {
        switch point {
        case .schemaMigrated, .requestClaimed, .requestPlanned, .requestFinished, .runRegistered, .sourceConnected, .snapshotTaken,
            .sourceReading, .viewReplaced, .runFinished, .removalBegun, .removalBatch, .daysDropped:
            0...0
        case .sourceRead, .sliceSpilled: 0...2
        case .tableMade, .tableFilled, .tableIndexed, .tableAttached, .daySpilled: 1...1
        case .spillRemoved: 0...1
        case .leftoverAdopted, .dayTaken, .targetReady, .dayLocked, .mergeStaged, .mergeDeleted, .mergeInserted, .dayRecorded,
            .bucketsRecorded, .dayCommitting, .dayCommitted, .dayNoted:
            1...2
        }
    }

    /// A line a day: its rows, all of them in one hash.
    private static let days = """
        SELECT (logged_time AT TIME ZONE 'UTC')::date || ' ' || count(*) || ' ' || md5(string_agg(r::text, '|' ORDER BY r::text))
        FROM tenant_a.foodlogstats r GROUP BY (logged_time AT TIME ZONE 'UTC')::date ORDER BY 1
        """
    private static let ledger = "SELECT day, rows, digest, provisional FROM _wh.ledger ORDER BY day"

    @Test(
        "at any of the named points leaves each day old or new, reads what is spilled no second time, and ends like a twin without faults")
    func everyPoint() async throws {
        try await withTenantSource(days: 2 * Self.stops.count, rowsPerDay: 80) { source in
            try await withInitialisedOperator { boss in
                // The source's statistics say in which order days are read: they stay what they are, however long the walk takes.
                try await source.primary.psql("ALTER TABLE phood_foodlogsum SET (autovacuum_enabled = false)")
                try await boss.add("tenant_a", source)
                try await makeOldDays(boss)
                let old = try await boss.ask(Self.days).split(separator: "\n").map(String.init)
                try #require(old.count == Self.stops.count)
                try await change(source)
                var seen: [String] = []
                for stop in Self.stops { seen += try await walk(stop, boss) }
                #expect(try boss.spillFolders() == [])
                try await compareWithTwin(source, boss, old: Set(old), seen: seen)
            }
        }
    }

    /// Loads everything, and takes every second day away again.
    private func makeOldDays(_ boss: Operator) async throws {
        let first = try #require(Self.stops.first).old
        let last = try #require(Self.stops.last).new
        let loaded = try await boss.dayhaul("ingest", "--from", first, "--to", last)
        try #require(loaded.status == .exited(0), "\(loaded.errors)")
        let drops = Self.stops.map { "DROP TABLE tenant_a.foodlogstats_\($0.new.replacing("-", with: "_"));" }
        _ = try await boss.ask(
            drops.joined() + "DELETE FROM _wh.ledger WHERE day IN (\(Self.stops.map { "'\($0.new)'" }.joined(separator: ",")))")
    }

    private func change(_ source: TenantSource) async throws {
        let parts = try #require(Self.stops.first { $0.isPart }).old
        try await source.primary.psql(
            """
            UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id % 10 = 3 AND logged_time < :'parts';
            DELETE FROM phood_foodlogsum WHERE id % 40 = 7 AND logged_time < :'parts';
            UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id % 80 = 42 AND logged_time >= :'parts';
            DELETE FROM phood_foodlogsum WHERE id % 80 = 43 AND logged_time >= :'parts';
            INSERT INTO phood_foodlogsum SELECT 8 * (id + 1000000), location_id, inventory_item_id, pan_id, action_taken_id, action_reason_id,
                validation_status, quantity, logged_time, flags
            FROM phood_foodlogsum WHERE id % 80 = 44 AND logged_time >= :'parts';
            """, variables: ["parts": "\(parts) 00:00+00"])
        try await source.replay()
    }

    /// Kills a run at the point and gives the same command again. Returns the days as they stood in between.
    private func walk(_ stop: Stop, _ boss: Operator) async throws -> [String] {
        let command = ["ingest", "--from", stop.old, "--to", stop.new, "--json"]
        if stop.point == .leftoverAdopted { try await crash(command, at: .sliceSpilled, boss) }
        try await crash(command, at: stop.point, boss)
        // At other points the new day may be the first.
        if [.mergeStaged, .mergeDeleted, .mergeInserted].contains(stop.point) {
            let files = try FileManager.default.subpathsOfDirectory(atPath: boss.spillDirectory)
            #expect(files.contains { $0.hasSuffix("\(stop.old)-part.lz4") } == stop.isPart, "\(stop.point.rawValue): \(files)")
        }
        let between = try await boss.ask(Self.days).split(separator: "\n").map(String.init)
        let again = try await boss.dayhaul(command)
        #expect(again.status == .exited(0), "\(stop.point.rawValue): \(again.errors) \(again.output)")
        let document = try again.document(RunDocument.self)
        #expect(document.totals.failed == 0 && document.totals.skipped == 0, "\(stop.point.rawValue): \(again.output)")
        #expect(stop.resumed.contains(document.totals.resumed), "\(stop.point.rawValue): \(document.totals.resumed)")
        if document.totals.resumed == 2 { #expect(document.totals.bytes == 0, "\(stop.point.rawValue) read the source again") }
        return between
    }

    private func crash(_ command: [String], at point: CrashPoint, _ boss: Operator) async throws {
        let variable = try #require(CrashPoint.variable)
        let killed = try await boss.dayhaul(command, environment: [variable: point.rawValue, "DAYHAUL_LIMITS_LOADERS": "1"])
        // A run that ends otherwise never came to the point.
        #expect(killed.status == .killed(signal: 9), "\(point.rawValue) was not reached: \(killed.errors)")
    }

    private func compareWithTwin(_ source: TenantSource, _ boss: Operator, old: Set<String>, seen: [String]) async throws {
        try await withInitialisedOperator { twin in
            try await twin.add("tenant_a", source)
            let first = try #require(Self.stops.first).old
            let last = try #require(Self.stops.last).new
            let loaded = try await twin.dayhaul("ingest", "--from", first, "--to", last)
            try #require(loaded.status == .exited(0), "\(loaded.errors)")
            let expected = try await twin.ask(Self.days)
            #expect(try await boss.ask(Self.days) == expected)
            #expect(try await boss.ask(Self.ledger) == twin.ask(Self.ledger))
            let new = Set(expected.split(separator: "\n").map(String.init))
            #expect(old.isDisjoint(with: new))
            #expect(seen.allSatisfy { old.contains($0) || new.contains($0) })
        }
    }
}
