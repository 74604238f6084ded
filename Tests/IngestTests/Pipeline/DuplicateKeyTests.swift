import Ingest
import TestKit
import Testing

@Suite("Two rows of a day with the same declared key", .timeLimit(.minutes(3)))
struct DuplicateKeyTests {
    @Test("fail the day without any index, and the failure says which rows they are")
    func namesRows() async throws {
        try await withReadings { scene, source in
            try await scene.database.psql("UPDATE _wh.mv_templates SET key_columns = '{v,id}'")
            try await source.primary.psql("UPDATE readings SET v = 'same', id = 13 WHERE id IN (13, 15)")
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-21")
            #expect(
                result.lines == ["tenant_a readings 2025-09-20 loaded 10", "tenant_a readings 2025-09-21 failed duplicateKey"])
            let message = try #require(result.days.last?.error?.message)
            #expect(message.hasPrefix("two rows have the same key (v, id)=(same, 13): rows "))
            #expect(message.contains("id = 13, at = 2025-09-21 07:12:00+00, v = same and id = 13, at = 2025-09-21 12:00:00+00, v = same"))
            #expect(try await scene.spillFiles() == [])
        }
    }

    @Test("of several keys are named with their own, whether an index or the declared key refuses them", arguments: [true, false])
    func ownKey(byIndex: Bool) async throws {
        try await withReadings { scene, source in
            try await scene.database.psql(
                byIndex
                    ? "UPDATE _wh.mv_templates SET indexes = 'CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (id)', key_columns = '{}'"
                    : "UPDATE _wh.mv_templates SET indexes = NULL, key_columns = '{id}'")
            // In the order of the source 18 comes first; an index, and a hash table, may meet the other first.
            try await source.primary.psql("UPDATE readings SET id = 18 WHERE id = 11; UPDATE readings SET id = 12 WHERE id = 20")
            try await source.replay()
            let result = try await scene.ingest("2025-09-21", "2025-09-21")
            let message = try #require(result.days.last?.error?.message)
            let parts = message.split(separator: ": ", maxSplits: 1).map(String.init)
            let key = try #require(parts[0].split(separator: "(id)=(").last?.dropLast())
            #expect(["12", "18"].contains(key), "\(message)")
            #expect(parts[1].ranges(of: "id = \(key), ").count == 2, "\(message)")
            #expect(!parts[1].contains("id = \(key == "12" ? "18" : "12"), "), "\(message)")
        }
    }
}
