@testable import Ingest
import Postgres
import Synchronization
import TestKit
import Testing
import Warehouse

private final class Flag: Sendable {
    private let state = Atomic(false)
    var isUp: Bool { state.load(ordering: .acquiring) }
    func raise() { state.store(true, ordering: .releasing) }
}

private final class Held: Sendable {
    private let state = Mutex((now: 0, most: 0, all: 0))
    var counts: (now: Int, most: Int, all: Int) { state.withLock { $0 } }

    func enter() {
        state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
            $0.all += 1
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}

@Suite("A limit that all runs share", .timeLimit(.minutes(2)))
struct ControlSessionTests {
    private static let limit = SharedLimit("test", slots: 2)

    @Test("is never passed, whoever takes slots, and everybody gets one")
    func isKept() async throws {
        try await withScene { scene in
            let sessions = (0..<3).map { _ in ControlSession(scene.warehouse) }
            let held = Held()
            try await withThrowingTaskGroup { group in
                for session in sessions + sessions {
                    group.addTask {
                        for _ in 0..<4 {
                            try await session.withSlot(of: Self.limit, waits: {}) {
                                held.enter()
                                // Long enough to be overtaken, were that possible.
                                try await Task.sleep(for: .milliseconds(5))
                                held.leave()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(held.counts.most == 2)
            #expect(held.counts.all == 24)
            for session in sessions { await session.close() }
        }
    }

    @Test("gets back the slots of a process that died, and of a body that failed")
    func deadFree() async throws {
        try await withScene { scene in
            let (first, second) = (ControlSession(scene.warehouse), ControlSession(scene.warehouse))
            let (one, other) = (Flag(), Flag())
            let holders = Task {
                try await withThrowingTaskGroup { group in
                    for flag in [one, other] {
                        group.addTask {
                            try await first.withSlot(of: Self.limit, waits: {}) {
                                flag.raise()
                                try await Task.sleep(for: .seconds(60))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await eventually("both slots to be held", within: .seconds(20)) { one.isUp && other.isUp }
            let waited = Flag()
            let waiter = Task {
                try await second.withSlot(of: Self.limit) {
                    waited.raise()
                } _: {
                    struct Failed: Error {}
                    throw Failed()
                }
            }
            try await eventually("the other to say that it waits", within: .seconds(20)) { waited.isUp }
            // What the death of the process does to its session.
            try await scene.database.psql(
                """
                SELECT pg_terminate_backend(pid) FROM pg_locks
                WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)
            await #expect(throws: (any Error).self) { try await waiter.value }
            try await second.withSlot(of: Self.limit, waits: {}) {}
            holders.cancel()
            _ = await holders.result
            for session in [first, second] { await session.close() }
        }
    }

    @Test("whose slots a login without a part in it holds is not waited for: the login is named")
    func foreignHolder() async throws {
        try await withScene { scene in
            let session = ControlSession(scene.warehouse)
            let reader = scene.warehouse.roles.reader
            try await scene.database.psql("ALTER ROLE \(reader) LOGIN PASSWORD 'p'")
            let login = try ConnectionParameters(
                conninfo: "host=127.0.0.1 port=\(scene.database.port) dbname=\(scene.database.database) user=\(reader) password=p")
            try await Connection.with(login) { connection in
                // One of two: the other is free.
                try await connection.query("SELECT pg_advisory_lock(hashtextextended('dayhaul.slot.test.0', 0))")
                try await session.withSlot(of: Self.limit, waits: {}) {}
                try await connection.query("SELECT pg_advisory_lock(hashtextextended('dayhaul.slot.test.1', 0))")
                let failure = await #expect(throws: Failure.self) { try await session.withSlot(of: Self.limit, waits: {}) {} }
                #expect(failure?.code == "lockTaken")
                #expect(failure?.message.hasPrefix("\(reader) (process ") == true, "\(failure?.message ?? "")")
            }
            try await session.withSlot(of: Self.limit, waits: {}) {}
            await session.close()
        }
    }

    @Test("lets those who wait go before a newcomer")
    func order() async throws {
        try await withScene { scene in
            let one = SharedLimit("one", slots: 1)
            try await scene.warehouse.withSession { holder in
                try await scene.warehouse.withSession { waiter in
                    try await scene.warehouse.withSession { newcomer in
                        let slot = try #require(try await one.take(held: [], waited: false, holder))
                        #expect(try await one.take(held: [], waited: false, waiter) == nil)
                        try await one.setWaiting(true, waiter)
                        try await one.free(slot, holder)
                        #expect(try await one.take(held: [], waited: false, newcomer) == nil)
                        #expect(try await one.take(held: [], waited: false, holder) == nil)
                        #expect(try await one.take(held: [], waited: true, waiter) == 0)
                        try await one.setWaiting(false, waiter)
                        try await one.free(0, waiter)
                        #expect(try await one.take(held: [], waited: false, newcomer) == 0)
                    }
                }
            }
        }
    }
}
