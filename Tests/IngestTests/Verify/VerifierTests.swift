import Ingest
import TestKit
import Testing

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
