import Postgres
import Reports
import TestKit
import Testing
import Warehouse

@Suite("A day that is checked against its report's expectations", .timeLimit(.minutes(2)))
struct ExpectationCheckTests {
    /// Runs `body` with a report `id int, weight numeric(6,2), store text, at timestamptz` that has these expectations.
    private func withReport(_ expectations: String, _ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let report = try await scene.report(expecting: expectations)
            try await body(scene, try await scene.ensure(report, for: try await scene.addTenant("a")))
        }
    }

    private func day(
        _ rows: String, on day: String = "2025-09-24", in scene: WarehouseScene, run: Int64 = 1, provisional: Bool = false
    ) async throws -> DayContent {
        try await DayContent(
            day,
            selecting: """
                SELECT id::int, weight::numeric(6,2), store::text, timestamptz '\(day) 12:00+00' FROM (VALUES \(rows)) r(id, weight, store)
                """, in: scene, run: run, provisional: provisional)
    }

    private let spoiled = "(1, 1.00, 'a'), (1, 2.00, NULL), (2, -3, 'b'), (2, 100, NULL), (NULL, NULL, 'c')"

    @Test("is held when it does not fulfil one, new or changed, and the error says how many rows of how many")
    func holds() async throws {
        let expectations = [
            #"{"check": "not_null", "column": "store"}"#: "not_null of store: 2 of 5 rows are NULL",
            #"{"check": "unique", "columns": ["id"]}"#: "unique of id: 2 of 5 rows are like another",
            #"{"check": "range", "column": "weight", "min": 0, "max": 99}"#: "range of weight: 2 of 5 rows are outside 0 to 99",
            #"{"check": "range", "column": "weight", "min": "-2.999"}"#: "range of weight: 1 of 5 rows is less than -2.999",
            #"{"check": "range", "column": "weight", "max": 99.999}"#: "range of weight: 1 of 5 rows is greater than 99.999",
            #"{"check": "range", "column": "store", "max": "b"}"#: "range of store: 1 of 5 rows is greater than b",
            #"{"check": "range", "column": "at", "max": "2025-09-24 11:00+00"}"#:
                "range of at: 5 of 5 rows are greater than 2025-09-24 11:00+00",
        ]
        try await withReport("[]") { scene, lenient in
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let day = try await day(spoiled, in: scene, run: 2)
            for isKnown in [false, true] {
                if isKnown { try await scene.publish(self.day("(7, 7.00, 'a')", in: scene), to: lenient) }
                for (expectation, sentence) in expectations {
                    let target = try await scene.ensure(try await scene.report(expecting: "[\(expectation)]"), for: tenant)
                    let before = try await scene.versions()
                    let error = await #expect(throws: WarehouseError.self) { try await scene.publish(day, to: target) }
                    #expect(error?.code == .expectationFailed)
                    #expect(error?.message == "the day is not as its report expects: \(sentence): held")
                    #expect(try await scene.versions() == before)
                }
            }
            #expect(try await scene.database.psql("SELECT id FROM a.r") == "7")
        }
    }

    @Test("is published with a warning when that is all an expectation asks for, and ledger and status say so")
    func warns() async throws {
        try await withReport(
            """
            [{"check": "not_null", "column": "store", "on_failure": "warn"}, {"check": "unique", "columns": ["id", "store"], "on_failure": "warn"},
             {"check": "range", "column": "weight", "max": 99, "on_failure": "warn"}]
            """
        ) { scene, target in
            let warnings = [
                "not_null of store: 2 of 5 rows are NULL", "range of weight: 1 of 5 rows is greater than 99",
            ]
            let first = try await scene.publishing(day(spoiled, in: scene), to: target)
            #expect(first == PublishResult(outcome: .loaded, inserted: 5, warnings: warnings))
            let ledger = "SELECT expectations FROM _wh.ledger"
            #expect(
                try await scene.database.psql(
                    "SELECT expectations = :'expected'::jsonb FROM _wh.ledger",
                    variables: [
                        "expected": """
                        [{"check": "not_null", "columns": ["store"], "on_failure": "warn", "passed": false, "found": 2},
                         {"check": "unique", "columns": ["id", "store"], "on_failure": "warn", "passed": true, "found": 0},
                         {"check": "range", "columns": ["weight"], "on_failure": "warn", "passed": false, "found": 1}]
                        """
                    ]) == "t")
            // A day that did not change is what it was, and so is what was found.
            let found = try await scene.database.psql(ledger)
            #expect(try await scene.publishing(day(spoiled, in: scene, run: 2), to: target) == PublishResult(outcome: .unchanged))
            #expect(try await scene.database.psql(ledger) == found)
            let coverage = try await scene.warehouse.withSession { try await WarehouseStatus.read($0).coverage }
            #expect(coverage.map(\.warnings) == [1])
            let healed = try await scene.publishing(day("(1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')", in: scene, run: 3), to: target)
            #expect(healed.warnings.isEmpty && healed.outcome == .merged)
            #expect(try await scene.warehouse.withSession { try await WarehouseStatus.read($0).coverage }.map(\.warnings) == [0])
        }
    }

    @Test("may have an expectation changed: what its rows are is the same report, and a day that was checked is not read anew")
    func version() async throws {
        try await withWarehouse { scene in
            let before = try await scene.report(expecting: "[]")
            let after = try await scene.report(expecting: #"[{"check": "not_null", "column": "id"}]"#)
            #expect(before.version == after.version)
            #expect(after.expectations == [Reports.Expectation(.notNull(column: "id"))])
        }
    }

    @Test("has a report that can be used only if its bounds are of the column's type")
    func refuses() async throws {
        try await withWarehouse { scene in
            for expectation in [
                #"{"check": "range", "column": "id", "min": "abc"}"#, #"{"check": "range", "column": "id", "max": 1.5}"#,
                #"{"check": "range", "column": "at", "min": "yesterday or so"}"#, #"{"check": "unique", "columns": ["extra"]}"#,
                #"{"check": "range", "column": "extra", "min": "1"}"#, #"{"check": "not_null", "column": "none"}"#,
                #"{"check": "range", "column": "at", "min": "'; DROP TABLE _wh.ledger; --"}"#,
            ] {
                let error = await #expect(throws: ReportError.self) {
                    try await scene.report(expecting: "[\(expectation)]", columns: "id int, store text, at timestamptz, extra json")
                }
                #expect(error?.code == .invalidExpectations, "\(expectation)")
            }
        }
    }

    @Test(
        "and has no rows is warned of without any expectation, where the weekday usually has some: when it is over, in result, ledger and status"
    )
    func emptyDay() async throws {
        try await withReport("[]") { scene, target in
            func empty(_ date: String, provisional: Bool = false, run: Int64 = 1) async throws -> DayContent {
                try await DayContent(
                    date, selecting: "SELECT 1::int, 1::numeric(6,2), ''::text, now() WHERE false", in: scene, run: run,
                    provisional: provisional)
            }
            func warnings() async throws -> [String] {
                let status = try await scene.warehouse.withSession { try await WarehouseStatus.read($0) }
                return status.coverage.map { "\($0.report) \($0.warnings)" }
            }
            // No history: nobody knows better.
            #expect(try await scene.publishing(empty("2025-09-03"), to: target).warnings == [])
            for date in ["2025-09-10", "2025-09-17"] {
                try await scene.publish(day("(1, 1, 'a'), (2, 1, 'b')", on: date, in: scene), to: target)
            }
            let sentence = "no rows: the same weekday had 2 in the last 4 weeks (median)"
            // A day that is not over may still get some; then it is over, and its rows are the same as before: none.
            #expect(try await scene.publishing(empty("2025-09-24", provisional: true), to: target).warnings == [])
            #expect(try await warnings() == ["r 0"])
            let ended = try await scene.publishing(empty("2025-09-24", run: 2), to: target)
            #expect(ended.outcome == .unchanged && ended.warnings == [sentence])
            #expect(try await warnings() == ["r 1"])
            // It is read again every night: the warning stays, and is said once.
            #expect(try await scene.publishing(empty("2025-09-24", run: 3), to: target).warnings == [])
            #expect(try await warnings() == ["r 1"])
            // Other weekdays have no history, and two weekdays without rows are as usual.
            #expect(try await scene.publishing(empty("2025-09-25"), to: target).warnings == [])
            #expect(try await scene.publishing(empty("2025-10-02"), to: target).warnings == [])
            // What arrives late mends it.
            #expect(try await scene.publish(day("(1, 1, 'a')", in: scene, run: 4), to: target) == .merged)
            #expect(try await warnings() == ["r 0"])
            let counted = try await scene.report(expecting: #"[{"check": "row_count", "max_ratio": 2}]"#)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let stated = try await scene.ensure(counted, for: tenant)
            #expect(try await scene.publishing(empty("2025-10-01"), to: stated).warnings == [])
        }
    }

    @Test("has its rows counted against the median of the same weekday in the weeks before, final days only")
    func rowCount() async throws {
        try await withReport(#"[{"check": "row_count", "min_ratio": 0.5, "max_ratio": 2, "weeks": 3}]"#) { scene, target in
            func rows(_ count: Int) -> String { (1...count).map { "(\($0), 1, 'a')" }.joined(separator: ", ") }
            // No history: anything goes. Of what follows only 10 and 20 count for the 24th: a Tuesday, one that is too long ago and
            // a provisional day do not.
            for (date, count) in [("2025-08-27", 90), ("2025-09-03", 20), ("2025-09-10", 10), ("2025-09-16", 90)] {
                try await scene.database.psql("UPDATE _wh.ledger SET provisional = true")
                try await scene.publish(day(rows(count), on: date, in: scene), to: target)
            }
            try await scene.publish(day(rows(80), on: "2025-09-17", in: scene, provisional: true), to: target)
            try await scene.database.psql("UPDATE _wh.ledger SET provisional = day = '2025-09-17'")
            for count in [7, 31] {
                let outside = try await day(rows(count), in: scene)
                let error = await #expect(throws: WarehouseError.self) { try await scene.publish(outside, to: target) }
                #expect(error?.code == .expectationFailed)
                let bound = count == 7 ? "less than 0.5" : "more than 2"
                #expect(
                    error?.message.contains(
                        "row_count: \(count) rows are \(bound) times 15, the median of the same weekday in 3 weeks") == true)
            }
            // A day that is not over may still fill up.
            #expect(try await scene.publish(day(rows(7), in: scene, provisional: true), to: target) == .loaded)
            for count in [8, 30] { #expect(try await scene.publish(day(rows(count), in: scene), to: target) == .merged) }
        }
    }
}

extension WarehouseScene {
    fileprivate func report(
        expecting expectations: String, columns: String = "id int, weight numeric(6,2), store text, at timestamptz"
    ) async throws -> ReportDefinition {
        try await report("r", columns: columns, indexes: "")
        try await database.psql("UPDATE _wh.mv_templates SET expectations = :'e'", variables: ["e": expectations])
        return try await warehouse.withSession { session in
            try #require(try await ReportCatalogue.all(session).first).definition.get()
        }
    }
}
