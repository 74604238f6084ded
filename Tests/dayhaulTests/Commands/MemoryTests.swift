import TestKit
import Testing

extension Tag {
    /// Measures memory on a large load: swift test --filter MemoryTests
    @Tag static var memory: Self
}

@Suite("The memory of an ingest", .tags(.memory), .timeLimit(.minutes(8)))
struct MemoryTests {
    // Measured on two cores, debug build: 46 MiB for 10 days, 53 MiB for 30.
    @Test("of 30 days with 50,000 rows each stays below 150 MiB, and does not grow with the days")
    func isBounded() async throws {
        try await withDatabase(on: .primary) { database in
            try await withReader(of: database, on: database.cluster, days: 30, rowsPerDay: 50_000) { source in
                try await withInitialisedOperator { boss in
                    try await boss.add("tenant_a", source)
                    let few = try await peak(of: ["ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json"], rows: 500_000, boss)
                    let many = try await peak(
                        of: ["ingest", "--from", "2025-09-01", "--to", "2025-09-30", "--json"], rows: 1_500_000, boss)
                    print("most resident memory: \(few >> 10) KiB for 10 days, \(many >> 10) KiB for 30 days")
                    #expect(many < 150 << 20)
                    #expect(many < few + 16 << 20)
                }
            }
        }
    }

    private func peak(of arguments: [String], rows: Int, _ boss: Operator) async throws -> Int {
        let ended = try await boss.dayhaul(arguments)
        #expect(ended.status == .exited(0), "\(ended.errors)")
        #expect(try ended.document(RunDocument.self).totals.rows == rows)
        return ended.peakMemory
    }
}
