import Postgres
import Reports
import SQLText
import TestKit
import Testing
import Warehouse

@Suite("A stream compared with a day's table", .timeLimit(.minutes(2)))
struct DayComparisonTests {
    /// The difference between a day made of `rows` and a stream of `others`, both VALUES lists of `columns`.
    private func difference(_ columns: String, keys: [String] = [], _ rows: String, _ others: String) async throws -> DayDifference {
        var found: DayDifference?
        try await withWarehouse { scene in
            found = try await scene.difference("r", columns, keys, rows, others, for: try await scene.addTenant("a"))
        }
        return try #require(found)
    }

    @Test("is the same whatever the order of its rows")
    func same() async throws {
        let found = try await difference("id int", keys: ["id"], "(1), (2), (3)", "(3), (1), (2)")
        #expect(found.isEmpty && found.tableRows == 3 && found.streamRows == 3)
    }

    @Test("differs in rows that are missing and rows that are extra, where no key is declared")
    func wholeRows() async throws {
        let found = try await difference("id int, note text", "(1, 'a'), (2, 'b'), (3, 'c')", "(1, 'a'), (2, 'x'), (4, 'd'), (5, 'e')")
        #expect((found.missing, found.extra, found.changed) == (3, 2, 0))
        #expect((found.tableRows, found.streamRows) == (3, 4))
    }

    @Test("has changed rows where a key is declared: the same key, other content; NULL is a key like any other")
    func byKey() async throws {
        let found = try await difference(
            "id int, part text, note text", keys: ["id", "part"], "(1, 'p', 'a'), (2, NULL, 'b'), (NULL, NULL, 'c'), (4, '', 'd')",
            "(1, 'p', 'a'), (2, NULL, 'x'), (NULL, NULL, 'y'), (4, NULL, 'd'), (5, 'p', 'e')")
        #expect((found.missing, found.extra, found.changed) == (2, 1, 2))
        #expect((found.rowsToDelete, found.rowsToInsert) == (3, 4))
    }

    @Test("pairs keys of an extension's type as the type does, in whichever schema it is", arguments: ["public", "more"])
    func extensionKeys(_ schema: String) async throws {
        try await withWarehouse { scene in
            try await scene.database.psql(
                "CREATE SCHEMA more; CREATE EXTENSION citext SCHEMA \(schema); GRANT USAGE ON SCHEMA more TO PUBLIC")
            let found = try await scene.difference(
                "r", "key \(schema).citext, note text", ["key"], "('Ann', 'a'), ('Bob', 'b')", "('ann', 'a'), ('BOB', 'x')",
                for: try await scene.addTenant("a"))
            #expect((found.missing, found.extra, found.changed) == (0, 0, 2))
        }
    }

    @Test("counts rows that are there several times, with a key and without", arguments: [[], ["id"]])
    func duplicates(_ keys: [String]) async throws {
        let found = try await difference(
            "id int, old text", keys: keys, "(1, 'a'), (1, 'a'), (2, 'b'), (3, 'c')", "(1, 'a'), (2, 'b'), (2, 'b'), (2, 'b'), (3, 'c')")
        #expect((found.missing, found.extra, found.changed) == (2, 1, 0))
    }

    @Test("tells values apart that are equal but not the same, and compares those of any type")
    func values() async throws {
        let cases = [
            ("float8", "'0'", "'-0'", 1), ("float8", "'NaN'", "'NaN'", 0), ("numeric", "1.0", "1.00", 1), ("numeric", "'NaN'", "'NaN'", 0),
            ("json", "'{\"a\": 1}'", "'{\"a\":1}'", 1), ("json", "'{}'", "'{}'", 0), ("point", "'(1,2)'", "'(1,2)'", 0),
            ("text", "''", "NULL", 1), ("text", "NULL", "NULL", 0), ("text[]", "'{NULL}'", "'{\"NULL\"}'", 1),
            ("xml", "'<a/>'", "'<a/>'", 0),
            ("interval", "'1 day'", "'24 hours'", 1), ("bytea", "'\\x00'", "'\\x'", 1), ("char(3)", "'a'", "'a  '", 0),
        ]
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            for (number, (type, old, new, count)) in cases.enumerated() {
                let found = try await scene.difference("r\(number)", "id int, v \(type)", ["id"], "(1, \(old))", "(1, \(new))", for: tenant)
                #expect((found.missing, found.extra, found.changed) == (0, 0, count), "\(type): \(old) and \(new)")
            }
        }
    }

    @Test("may have columns of any name")
    func names() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            for name in ["old", "new", "t", "s", "d", "key", "place", "image", "copy", "is_old", "we\"ird", "ROW"] {
                let found = try await scene.difference(
                    "r " + name, "\(SQL.identifier(name)) int, note text", [name], "(1, 'a'), (2, 'b')", "(1, 'x'), (3, 'b')", for: tenant)
                #expect((found.missing, found.extra, found.changed) == (1, 1, 1), "\(name)")
            }
        }
    }

    @Test("leaves nothing behind in a transaction that is rolled back, and the day as it was")
    func leavesNothing() async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r", indexes: "")
            let target = try await scene.ensure(report, for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            let before = try await scene.versions()
            let other = try DayContent("2025-09-24", ids: [2, 3])
            struct Enough: Error {}
            let leftovers = try await scene.warehouse.withSession { session in
                for _ in 1...2 {
                    await #expect(throws: Enough.self) {
                        try await session.transaction {
                            let comparison = DayComparison(of: report, schema: "a", table: "r_2025_09_24", session)
                            #expect(try await comparison.stage { try await other.put(on: $0) } == 2)
                            #expect(try await comparison.difference().missing == 1)
                            throw Enough()
                        }
                    }
                }
                return try await session.query("SELECT count(*) FROM pg_class WHERE relname LIKE 'dayhaul%'").scalar
            }
            #expect(leftovers == "0")
            #expect(try await scene.versions() == before)
        }
    }
}

extension WarehouseScene {
    /// The difference between a day of a report of this name, made of `rows`, and a stream of `others`, both VALUES lists of `columns`.
    fileprivate func difference(
        _ name: String, _ columns: String, _ keys: [String], _ rows: String, _ others: String, for tenant: Tenant
    ) async throws -> DayDifference {
        // The day may hold what its keys, declared later, would not let through.
        let target = try await ensure(try await report(name, columns: columns + ", day date", indexes: ""), for: tenant)
        let report = try await report(name, columns: columns + ", day date", indexes: "", keys: keys)
        let types = report.columns.map { "\(SQL.identifier($0.name))::\($0.type.name)" }.joined(separator: ", ")
        let names = report.columns.map { SQL.identifier($0.name) }.joined(separator: ", ")
        func content(_ rows: String) async throws -> DayContent {
            try await DayContent(
                "2025-09-24", selecting: "SELECT \(types) FROM (SELECT v.*, '2025-09-24' FROM (VALUES \(rows)) v) AS rows(\(names))",
                in: self)
        }
        try await publish(content(rows), to: target)
        let stream = try await content(others)
        return try await warehouse.withSession { session in
            try await session.transaction {
                let table = try await session.query("SELECT day_table FROM _wh.ledger WHERE template_name = $1", [name]).scalar ?? ""
                let comparison = DayComparison(of: report, schema: target.schema, table: table, session)
                try await comparison.stage { try await stream.put(on: $0) }
                return try await comparison.difference()
            }
        }
    }
}
