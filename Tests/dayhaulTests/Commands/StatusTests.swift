import FoundationEssentials
import TestKit
import Testing

@Suite("dayhaul status", .timeLimit(.minutes(2)))
struct StatusTests {
    private struct Document: Decodable {
        struct Queue: Decodable {
            let waiting: Int
            let running: Int
            let failedLastDay: Int
            let workers: Int
        }

        let queue: Queue
    }

    @Test("says which is disabled, tenant or report, and of which range the gaps are; report list says it too")
    func disabled() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await boss.psql(file: "template-daily-store-summary.sql")
                _ = try await boss.ask("UPDATE _wh.mv_templates SET enabled = false WHERE template_name = 'daily_store_summary'")
                let status = try await boss.dayhaul("status")
                #expect(status.output.contains("daily_store_summary (disabled)") && !status.output.contains("tenant_a (disabled)"))
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-02", "--to", "2025-09-02").status == .exited(0))
                let gaps = try await boss.dayhaul("status").output
                #expect(gaps.contains(" since 2025-09-02  "), "\(gaps)")
                #expect(try await boss.dayhaul("report", "list").output.contains("daily_store_summary (disabled)"))
                #expect(try await boss.dayhaul("report", "list", "--json").output.contains(#""enabled" : false"#))
                #expect(try await boss.dayhaul("tenant", "disable", "tenant_a").status == .exited(0))
                #expect(try await boss.dayhaul("status").output.contains("tenant_a (disabled)"))
            }
        }
    }

    @Test("says what waits in the queue, that nobody works on it, and what failed")
    func queue() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("status").output.contains("queue: empty, no worker"))
                try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-01')")
                let waiting = try await boss.dayhaul("status")
                #expect(waiting.output.contains("queue: 1 waiting") && waiting.output.contains("start dayhaul worker"), "\(waiting.output)")
                try await source.primary.psql(#"REVOKE SELECT ON phood_foodlogsum FROM :"reader""#, variables: ["reader": source.reader])
                try await source.replay()
                try await boss.worker { _ in
                    try await boss.requestsFinished()
                    let queue = try await boss.dayhaul("status", "--json").document(Document.self).queue
                    #expect(queue.waiting == 0 && queue.running == 0 && queue.failedLastDay == 1 && queue.workers == 1)
                    #expect(
                        try await boss.dayhaul("status").output.contains("queue: empty, 1 worker; 1 request failed in the last 24 hours"))
                }
            }
        }
    }
}
