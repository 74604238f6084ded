import CrashPoints
import Glibc
import TestKit
import Testing

@Suite("Two runs at once", .timeLimit(.minutes(4)))
struct TwoRunsTests {
    private func withLoadedTenant(_ body: (Operator) async throws -> Void) async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await body(boss)
            }
        }
    }

    private func environment(stoppingAt point: CrashPoint) throws -> [String: String?] {
        [
            try #require(CrashPoint.variable): "\(point.rawValue):stop", "DAYHAUL_LIMITS_LOADERS": "1",
            "DAYHAUL_LIMITS_STREAMS_PER_REPLICA": "1",
        ]
    }

    @Test("on one day: one loads it, the other says that it does not and goes on with the rest (fault 49)")
    func sameDay() async throws {
        try await withLoadedTenant { boss in
            let first = try await boss.dayhaul(
                ["ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--json"], environment: environment(stoppingAt: .tableFilled)
            ) { running in
                try await running.wait(for: "the first run to be in the middle of its publish") { running.isStopped }
                let second = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03", "--json")
                #expect(second.status == .exited(0), "\(second.errors)")
                let days = try second.document(RunDocument.self).days
                #expect(days.map(\.outcome) == ["skipped", "loaded", "loaded"])
                #expect(days.first?.notes?.first?.contains("another run") == true)
                running.send(SIGCONT)
            }
            #expect(first.status == .exited(0), "\(first.errors)")
            #expect(try first.document(RunDocument.self).days.map(\.outcome) == ["loaded"])
            #expect(try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-03").status == .exited(0))
        }
    }

    @Test(
        "share the limits: the second waits and says for what, and goes on as soon as the first is dead",
        arguments: [(CrashPoint.sourceReading, "all streams of"), (.tableFilled, "load into the warehouse")])
    func limits(point: CrashPoint, reason: String) async throws {
        try await withLoadedTenant { boss in
            let first = try await boss.dayhaul(
                ["ingest", "--from", "2025-09-01", "--to", "2025-09-01"], environment: environment(stoppingAt: point)
            ) { holder in
                try await holder.wait(for: "the first run to hold its share") { holder.isStopped }
                var limits = try environment(stoppingAt: point)
                limits[try #require(CrashPoint.variable)] = nil as String?
                let second = try await boss.dayhaul(
                    ["ingest", "--from", "2025-09-02", "--to", "2025-09-02", "--json"], environment: limits
                ) {
                    waiting in
                    try await waiting.wait(for: "the second run to wait") { try waiting.errorsSoFar().contains(reason) }
                    #expect(try waiting.outputSoFar().isEmpty)
                    holder.send(SIGKILL)
                }
                #expect(second.status == .exited(0), "\(second.errors)")
                #expect(try second.document(RunDocument.self).totals.loaded == 1)
            }
            #expect(first.status == .killed(signal: SIGKILL))
        }
    }
}
