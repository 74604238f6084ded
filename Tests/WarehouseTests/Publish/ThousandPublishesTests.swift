import Postgres
import PostgresBinary
import Synchronization
import TestKit
import Testing
import Warehouse

@Suite("A thousand publishes of one day", .timeLimit(.minutes(3)))
struct ThousandPublishesTests {
    /// Three versions of the day: the second differs from the first in six rows, the third from both in all.
    private static let versions: [[Int32]] = [Array(1...40), Array(3...44), Array(1001...1040)]
    /// What a reader may see of them: count and sum of the ids.
    private static let sums: Set<[String?]> = Set(versions.map { ["\($0.count)", "\($0.reduce(0, +))"] })

    private final class Watch: Sendable {
        let isOver = Atomic(false)
        let reads = Atomic(0)
    }

    @Test("under readers of the tenant's and the public view: each sees the old day or the new one, and none waits for long")
    func sums() async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: Self.versions[2]), to: target)
            try await scene.ensure(target.report, for: try await scene.addTenant("b"))
            let days = try Self.versions.indices.map { try DayContent("2025-09-24", ids: Self.versions[$0], run: Int64($0 + 2)) }
            let parameters = try ConnectionParameters(conninfo: scene.database.conninfo)
            let watch = Watch()
            let seen = try await withThrowingTaskGroup(of: Set<[String?]>.self) { group in
                for view in ["a.r", "a.r", "public.r"] {
                    group.addTask { try await Self.read(view, parameters, watch) }
                }
                // A reader who is new each time has locks to get that an old one has in its cache.
                group.addTask {
                    var seen: Set<[String?]> = []
                    repeat {
                        try await Connection.with(parameters) { seen.formUnion(try await Self.read(from: "public.r", $0)) }
                        watch.reads.add(1, ordering: .relaxed)
                    } while !watch.isOver.load(ordering: .relaxed)
                    return seen
                }
                group.addTask {
                    defer { watch.isOver.store(true, ordering: .relaxed) }
                    try await scene.warehouse.withSession { session in
                        for round in 0..<1000 {
                            let day = days[round % 3]
                            let result = try await DayPublisher(target, session).publish(day.load) { try await day.put(on: $0) }
                            #expect(result.outcome == .merged)
                            if round.isMultiple(of: 25) {
                                // Another day is attached to the same parent now and then.
                                let date = try #require(CalendarDate("2025-10-01")) + round / 25
                                let other = try DayContent(date.description, ids: [7])
                                _ = try await DayPublisher(target, session).publish(other.load) { try await other.put(on: $0) }
                                try await ReportTarget.refreshPublicView(of: "r", session)
                            }
                        }
                    }
                    return []
                }
                return try await group.reduce(into: Set()) { $0.formUnion($1) }
            }
            #expect(seen == Self.sums)
            #expect(watch.reads.load(ordering: .relaxed) > 1000)
        }
    }

    private static func read(_ view: String, _ parameters: ConnectionParameters, _ watch: Watch) async throws -> Set<[String?]> {
        try await Connection.with(parameters) { reader in
            var seen: Set<[String?]> = []
            repeat {
                seen.formUnion(try await read(from: view, reader))
                watch.reads.add(1, ordering: .relaxed)
                // Readers that never pause leave the publisher no processor.
                try await Task.sleep(for: .milliseconds(2))
            } while !watch.isOver.load(ordering: .relaxed)
            return seen
        }
    }

    /// Count and sum of the day. A wait for a lock that is longer than the engine's own lock_timeout is an error.
    private static func read(from view: String, _ reader: Connection) async throws -> [[String?]] {
        try await reader.query("SET lock_timeout = '2s'")
        return try await reader.query("SELECT count(*), sum(id) FROM \(view) WHERE at < '2025-09-25'").values
    }
}
