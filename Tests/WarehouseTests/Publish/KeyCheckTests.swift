import Postgres
import TestKit
import Testing
import Warehouse

@Suite("A day's rows with the same declared key", .timeLimit(.minutes(2)))
struct KeyCheckTests {
    private static let columns = "id int, part numeric, note text, day date"

    /// Publishes the rows, which are VALUES lists of `columns` without the day, as days 24 and on. Returns how each ended.
    private func publish(_ days: [String], keys: [String], indexes: String = "") async throws -> [Result<PublishOutcome, any Error>] {
        var results: [Result<PublishOutcome, any Error>] = []
        try await withWarehouse { scene in
            let report = try await scene.report("r", columns: Self.columns, indexes: indexes, keys: keys)
            let target = try await scene.ensure(report, for: try await scene.addTenant("a"))
            for rows in days {
                let query = "SELECT id::int, part::numeric, note::text, date '2025-09-24' FROM (VALUES \(rows)) AS r(id, part, note)"
                let day = try await DayContent("2025-09-24", selecting: query, in: scene)
                do { results.append(.success(try await scene.publish(day, to: target))) } catch { results.append(.failure(error)) }
            }
            // Whatever failed, the days that were published are there as they were.
            let last = results.lastIndex { if case .success = $0 { true } else { false } }
            let count = try await scene.database.psql("SELECT count(*) FROM a.r")
            #expect(count == (last.map { "\(days[$0].split(separator: "(").count)" } ?? "0"))
        }
        return results
    }

    @Test("are refused without an index, in a new day and in a changed one, and the key is named")
    func refused() async throws {
        let results = try await publish(
            ["(1, 1, 'a'), (1, 1, 'b')", "(1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c')", "(1, 1, 'a'), (2, 1, 'b'), (2, 1.0, 'c')"],
            keys: ["id", "part"])
        let first = #expect(throws: WarehouseError.self) { try results[0].get() }
        #expect(first?.code == .duplicateKey)
        #expect(first?.message == "two rows have the same key (id, part)=(1, 1)")
        #expect(try results[1].get() == .loaded)
        let third = #expect(throws: WarehouseError.self) { try results[2].get() }
        #expect(third?.message.hasPrefix("two rows have the same key (id, part)=(2, 1") == true)
    }

    @Test(
        "pass where a NULL is among them, as in a unique index", arguments: ["", "CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (id, part)"])
    func null(_ indexes: String) async throws {
        let results = try await publish(
            ["(1, NULL, 'a'), (1, NULL, 'b')", "(1, NULL, 'a'), (1, NULL, 'b'), (NULL, NULL, 'c')"], keys: ["id", "part"], indexes: indexes)
        #expect(try results.map { try $0.get() } == [.loaded, .merged])
    }

    @Test(
        "are left to a declared unique index of a new day where it has the key's columns, and only there",
        arguments: [
            ("CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (part, id)", true), ("CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (id)", true),
            ("CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (id, part, note)", false), ("CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (id)", false),
        ])
    func index(_ indexes: String, _ isLeft: Bool) async throws {
        let results = try await publish(["(1, 1, 'a'), (1, 1, 'b')"], keys: ["id", "part"], indexes: indexes)
        let error = #expect(throws: (any Error).self) { try results[0].get() }
        #expect((error as? PostgresError)?.sqlstate?.code == (isLeft ? "23505" : nil))
        #expect((error as? WarehouseError)?.code == (isLeft ? nil : .duplicateKey))
    }

    @Test("are refused in a changed day whose table was made before its report had the unique index")
    func indexDeclaredLater() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let before = try await scene.ensure(try await scene.report("r", indexes: ""), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: before)
            let after = try await scene.ensure(try await scene.report("r", keys: ["id"]), for: tenant)
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 2]), to: after)
            }
            #expect(error?.code == .duplicateKey)
        }
    }
}
