import Reports
import Testing

@Suite("A report's definition")
struct ReportDefinitionTests {
    private func definition(
        _ columns: [ReportColumn], query: String = "SELECT {TARGET_DATE}", _ change: (inout ReportDefinition.Source) -> Void = { _ in }
    ) throws -> ReportDefinition {
        var source = ReportDefinition.Source(name: "r", description: "", query: query, columns: columns, indexes: "", version: "v")
        change(&source)
        return try ReportDefinition(source)
    }

    private func code(_ body: () throws -> ReportDefinition) -> ReportError.Code? {
        #expect(throws: ReportError.self) { try body() }?.code
    }

    @Test("finds the only date or timestamp", arguments: [ColumnType.date, .timestamp, .timestampTZ])
    func findsDay(_ type: ColumnType) throws {
        let report = try definition([ReportColumn("id", .int4), ReportColumn("at", type)])
        #expect(report.dayColumn == 1 && !report.addsDayColumn)
    }

    @Test("asks when several columns can say the day, and takes the one that is named")
    func asksForDay() throws {
        let columns = [ReportColumn("a", .date), ReportColumn("b", .timestamp)]
        #expect(code { try definition(columns) } == .ambiguousDay)
        #expect(try definition(columns) { $0.dayColumn = "b" }.dayColumn == 1)
        #expect(code { try definition(columns) { $0.dayColumn = "c" } } == .ambiguousDay)
        #expect(code { try definition(columns + [ReportColumn("c", .text)]) { $0.dayColumn = "c" } } == .ambiguousDay)
    }

    @Test("adds report_day at the end where there is none, unless that name is taken or the query spans days")
    func addsDay() throws {
        let report = try definition([ReportColumn("id", .int4)])
        #expect(report.addsDayColumn && report.dayColumn == 1)
        #expect(report.columns.last == ReportColumn("report_day", .date))
        #expect(code { try definition([ReportColumn("report_day", .text)]) } == .ambiguousDay)
        #expect(code { try definition([ReportColumn("id", .int4)], query: "SELECT {WINDOW_START}, {WINDOW_END}") } == .ambiguousDay)
    }

    @Test("has key columns only among its columns, the added day included")
    func checksKeys() throws {
        #expect(try definition([ReportColumn("id", .int4)]) { $0.keyColumns = ["id", "report_day"] }.keyColumns == ["id", "report_day"])
        #expect(code { try definition([ReportColumn("id", .int4)]) { $0.keyColumns = ["ID"] } } == .invalidColumns)
    }

    @Test("has buckets by its only key column, an integer, unless it has expectations")
    func buckets() throws {
        func field(_ keys: [String], _ type: ColumnType = .int4, expectations: String = "[]") throws -> Int? {
            try definition([ReportColumn("note", .text), ReportColumn("id", type), ReportColumn("day", .date)]) {
                ($0.keyColumns, $0.expectations) = (keys, expectations)
            }.bucketField
        }
        #expect(try field(["id"]) == 1 && field(["id"], .int8) == 1 && field(["id"], ColumnType(oid: 21, name: "smallint")) == 1)
        #expect(try field([]) == nil && field(["note"]) == nil && field(["day"]) == nil && field(["id", "day"]) == nil)
        #expect(try field(["id"], .numeric) == nil)
        #expect(try field(["id"], expectations: #"[{"check": "not_null", "column": "id", "on_failure": "warn"}]"#) == nil)
    }

    @Test("names the native reports there are when it asks for another")
    func checksNative() throws {
        let error = #expect(throws: ReportError.self) { try definition(FoodLogStats.columns) { $0.nativeReport = "foodlogstats" } }
        #expect(error?.code == .unknownReport)
        #expect(error?.hint?.contains("DailyStoreSummary, FoodLogStats") == true)
    }

    @Test("fits its native report in names, order and types")
    func fitsNative() throws {
        let native = { (columns: [ReportColumn]) in try definition(columns) { $0.nativeReport = "FoodLogStats" } }
        #expect(try native(FoodLogStats.columns).native?.name == "FoodLogStats")
        #expect(try native(FoodLogStats.columns).withoutNative.native == nil)
        #expect(code { try native(Array(FoodLogStats.columns.dropLast())) } == .invalidColumns)
        var swapped = FoodLogStats.columns
        swapped.swapAt(0, 1)
        #expect(code { try native(swapped) } == .invalidColumns)
        var retyped = FoodLogStats.columns
        retyped[0] = ReportColumn("id", .int8)
        #expect(code { try native(retyped) } == .invalidColumns)
        retyped = FoodLogStats.columns
        // The native code rounds nothing, so a declared scale is more than it promises.
        retyped[8] = ReportColumn("quantity", ColumnType(oid: 1700, modifier: 786_439, name: "numeric(12,3)"))
        #expect(code { try native(retyped) } == .invalidColumns)
    }
}
