import Clusters
import Reports
import TestKit
import Testing
import Warehouse

@Suite("Column definitions", .timeLimit(.minutes(2)))
struct ColumnDefinitionsTests {
    /// What the only parser makes of a text: a name and a type a line.
    private func parsed(_ text: String, _ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT u.n || '|' || u.t FROM _wh.column_list(:'text') l,
                unnest(l.names, l.types) WITH ORDINALITY AS u(n, t, o) ORDER BY u.o
            """, variables: ["text": text])
    }

    @Test("are split at commas outside parentheses; comments count as a blank, and names fold as PostgreSQL folds them")
    func splits() async throws {
        try await withWarehouse { scene in
            for (text, expected) in [
                (
                    "id integer, weight numeric(12,3), tags text[],\n  at timestamp (3) with/**/time zone -- when\n"
                        + ", \"n,m\" varchar(5)",
                    "id|integer\nweight|numeric(12,3)\ntags|text[]\nat|timestamp (3) with time zone\nn,m|varchar(5)"
                ),
                (
                    #"ID int, "Id" int, "a ""b""" text, naïve text, ÜNÏ text"#,
                    "id|int\nId|int\na \"b\"|text\nnaïve|text\nÜnÏ|text"
                ),
                ("id int,", "id|int"), ("id int /* key, not null */, at date", "id|int\nat|date"),
                ("/* a /* nested -- one */ , */ id int -- , x int\n, \"--\" text", "id|int\n--|text"),
                (#"m"My Type", n "a,b"(3)"#, "m|\"My Type\"\nn|\"a,b\"(3)"),
            ] {
                let found = try await parsed(text, scene)
                #expect(found == expected)
            }
        }
    }

    @Test("count the bytes of a name, of which 63 are allowed, and the columns, of which 1,599 are")
    func bounds() async throws {
        try await withWarehouse { scene in
            let longest = String(repeating: "é", count: 31) + "x"
            let long = try await parsed("\(longest) int", scene)
            #expect(long == "\(longest)|int")
            await #expect(throws: ClusterError.self) { try await parsed("\(longest)x int", scene) }
            let columns = { (count: Int) in (0..<count).map { "c\($0) int" }.joined(separator: ", ") }
            let many = try await parsed(columns(1599), scene)
            #expect(many.split(separator: "\n").count == 1599)
            await #expect(throws: ClusterError.self) { try await parsed(columns(1600), scene) }
        }
    }

    /// What cannot be a column of a report, and what is said of it.
    static let refused = [
        ("id", "column id has no type"), ("id int, , x int", "column definition 2 has no name"),
        ("id int,,", "column definition 2 has no name"), ("id int, ID text", "column id is defined twice"),
        (#"id int, "id" text"#, "column id is defined twice"), ("123 int", "column definition 1 has no name"),
        ("'id' int", "hold a string constant"), ("(id int)", "column definition 1 has no name"),
        (#""" int"#, "has no name"),
        (#""id int"#, "a name in the column definitions does not end"),
        ("id int /* x", "a comment in the column definitions does not end"),
        ("id int)", "a parenthesis in the column definitions has no other"), ("", "the report has no columns"),
        (" -- id int", "the report has no columns"), (",", "the report has no columns"),
        ("id int, schema_name text", "column schema_name has the name of the column that says"),
        ("id int, ctid text", "column ctid has the name of a system column"),
        ("XMIN int", "column xmin has the name of a system column"),
        ("cmin int", "system column"), ("xmax int", "system column"), ("cmax int", "system column"),
        ("tableoid int", "system column"),
        ("\"a\nb\" int", "control character"), ("\"a\u{7f}b\" int", "control character"),
        ("\"a\u{85}b\" int", "control character"),
        ("\"a\u{2028}b\" int", "control character"),
    ]

    @Test("that no table or view could have are refused when the report is registered, and when it is changed")
    func refuses() async throws {
        try await withWarehouse { scene in
            try await scene.report("other", columns: #""Schema_name" text, "CTID" int, id int, d date"#)
            for (text, said) in Self.refused {
                let inserted = await #expect(throws: ClusterError.self) { try await scene.report("r", columns: text) }
                #expect(
                    inserted?.sqlstate == "42611" && inserted?.message.contains(said) == true,
                    "\(String(describing: inserted))")
                let changed = await #expect(throws: ClusterError.self) {
                    try await scene.database.psql(
                        "SET ROLE :\"admin\"; UPDATE _wh.mv_templates SET column_definitions = :'text'",
                        variables: ["admin": scene.warehouse.roles.admin, "text": text])
                }
                #expect(changed?.sqlstate == "42611")
            }
        }
    }

    @Test("that an older version let in are read as refused, with the reason, and hide no other report")
    func refusesOlder() async throws {
        try await withWarehouse { scene in
            try await scene.report("other")
            try await scene.database.psql("ALTER TABLE _wh.mv_templates DISABLE TRIGGER check_template")
            for (number, (text, _)) in Self.refused.enumerated() {
                try await scene.database.psql(
                    """
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions)
                    VALUES (:'name', 'SELECT {TARGET_DATE}', :'text')
                    """, variables: ["name": "r\(number)", "text": text])
            }
            let entries = try await scene.warehouse.withSession { try await ReportCatalogue.all($0) }
            #expect(entries.count == Self.refused.count + 1)
            for (number, (_, said)) in Self.refused.enumerated() {
                let entry = try #require(entries.first { $0.name == "r\(number)" })
                let error = #expect(throws: ReportError.self) { try entry.definition.get() }
                #expect(
                    error?.code == .invalidColumns && error?.message.contains(said) == true,
                    "\(String(describing: error))")
            }
            _ = try entries.first { $0.name == "other" }?.definition.get()
        }
    }

    @Test("are counted with the day column that is added: 1,599 without one are refused")
    func addedColumn() async throws {
        try await withWarehouse { scene in
            let columns = { (count: Int) in (0..<count).map { "c\($0) int" }.joined(separator: ", ") }
            let error = await #expect(throws: ClusterError.self) {
                try await scene.report("r", columns: columns(1599), indexes: "")
            }
            #expect(error?.message.contains("report_day, which is added") == true)
            let tenant = try await scene.addTenant("a")
            for report in [
                try await scene.report("added", columns: columns(1598), indexes: ""),
                try await scene.report("own", columns: columns(1598) + ", d date", indexes: ""),
            ] {
                #expect(report.columns.count == 1599)
                try await scene.ensure(report, for: tenant)
                #expect(
                    try await scene.database.psql(
                        "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('public.' || :'name')",
                        variables: ["name": report.name]) == "1600")
            }
        }
    }

    @Test(
        "mean the same to the function that makes a view and to a load",
        arguments: [
            "id int, -- the key\n at date", "id int /* key, not null */, at date", "id int, at date,",
            "\"Ü\" int, ÜB int, d date",
        ])
    func oneParser(_ columns: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let report = try await scene.report("r", columns: columns, indexes: "")
            try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('r', 'a', 'a')")
            let before = try await scene.versions()
            try await scene.warehouse.withSession { _ = try await ReportTarget.ensure(report, for: tenant, $0) }
            #expect(try await scene.versions() == before)
        }
    }
}
