import Postgres
import Reports
import TestKit
import Testing
import Warehouse

@Suite("A report's objects in a tenant's schema", .timeLimit(.minutes(2)))
struct ReportTargetTests {
    private let rows = "SELECT schema_name, id, note FROM public.r ORDER BY 1, 2"

    @Test("are made once; making sure of them again writes nothing")
    func idempotent() async throws {
        try await withWarehouse { scene in
            let (report, tenant) = (try await scene.report("r"), try await scene.addTenant("a"))
            try await scene.ensure(report, for: tenant)
            let before = try await scene.versions()
            try await scene.ensure(report, for: tenant)
            #expect(try await scene.versions() == before)
            #expect(
                try await scene.database.psql(
                    "SELECT relname, relkind, reloptions FROM pg_class WHERE relnamespace = 'a'::regnamespace ORDER BY 1")
                    == "r|v|{security_barrier=true}\nr_days|p|")
        }
    }

    @Test("are never put into the schema of another tenant")
    func refusesForeignSchema() async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r")
            try await scene.ensure(report, for: try await scene.addTenant("a"))
            var other = try await scene.addTenant("b")
            other.schema = "a"
            let intruder = other
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(report, for: intruder) }
            #expect(error?.code == .nameTaken)
        }
    }

    @Test(
        "leave alone what somebody else made under one of their names", arguments: ["a.r", "a.r_days", "public.r"],
        ["TABLE", "VIEW", "MATERIALIZED VIEW"])
    func leavesOthersAlone(_ name: String, _ kind: String) async throws {
        try await withWarehouse { scene in
            let (report, tenant) = (try await scene.report("r"), try await scene.addTenant("a"))
            try await scene.database.psql("CREATE SCHEMA a; GRANT ALL ON SCHEMA a TO PUBLIC; CREATE \(kind) \(name) AS SELECT 42 AS answer")
            let error = await #expect(throws: (any Error).self) { try await scene.ensure(report, for: tenant) }
            #expect("\(try #require(error))".contains("not made by dayhaul"))
            #expect(try await scene.database.psql("SELECT answer FROM \(name)") == "42")
            // A stranger under the public view's name keeps no tenant's days away.
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.report_targets") == (name == "public.r" ? "1" : "0"))
        }
    }

    @Test(
        "heal when somebody dropped or changed a view",
        arguments: [
            "DROP VIEW public.r", "DROP VIEW public.r; DROP VIEW a.r",
            "CREATE OR REPLACE VIEW a.r AS SELECT id, at, note FROM a.r_days WHERE false",
            "CREATE OR REPLACE VIEW public.r AS SELECT 'x'::text AS schema_name, id, at, note FROM a.r",
            "ALTER VIEW a.r SET (security_barrier = false)",
            "ALTER VIEW a.r RESET (security_barrier)", "ALTER VIEW a.r RENAME COLUMN note TO remark",
            "DROP VIEW public.r; CREATE VIEW public.r AS SELECT 1 AS more",
            "COMMENT ON VIEW a.r IS 'mine'",
        ])
    func heals(_ damage: String) async throws {
        try await withWarehouse { scene in
            let (report, tenant) = (try await scene.report("r"), try await scene.addTenant("a"))
            let target = try await scene.ensure(report, for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            try await scene.psql(as: scene.warehouse.roles.engine, damage)
            try await scene.ensure(report, for: tenant)
            #expect(try await scene.database.psql(rows) == "a|1|note\na|2|note")
            #expect(try await scene.database.psql("SELECT note FROM a.r WHERE id = 1") == "note")
            #expect(
                try await scene.database.psql("SELECT reloptions FROM pg_class WHERE oid = 'a.r'::regclass") == "{security_barrier=true}")
            #expect(try await scene.psql(as: scene.warehouse.roles.reader, rows) == "a|1|note\na|2|note")
            let healed = try await scene.versions()
            try await scene.ensure(report, for: tenant)
            #expect(try await scene.versions() == healed)
        }
    }

    @Test(
        "take a new column wherever it is declared; it is null for days and tenants loaded before",
        arguments: ["id integer, at timestamptz, note text, more numeric(5,1)", "id integer, more numeric(5,1), at timestamptz, note text"])
    func addsColumn(_ columns: String) async throws {
        try await withWarehouse { scene in
            let (a, b) = (try await scene.addTenant("a"), try await scene.addTenant("b"))
            let before = try await scene.report("r")
            for tenant in [a, b] {
                try await scene.publish(DayContent("2025-09-24", ids: [1]), to: try await scene.ensure(before, for: tenant))
            }
            try await scene.database.psql("CREATE VIEW public.mine AS SELECT id FROM public.r")
            let after = try await scene.report("r", columns: columns)
            try await scene.ensure(after, for: a)
            #expect(try await scene.database.psql("SELECT schema_name, id, note, more FROM public.r ORDER BY 1") == "a|1|note|\nb|1|note|")
            // A tenant that begins with the new columns has them in the new order; the public view keeps its own.
            try await scene.ensure(after, for: try await scene.addTenant("c"))
            try await scene.ensure(after, for: b)
            #expect(try await scene.database.psql("SELECT schema_name, id, note, more FROM public.r ORDER BY 1") == "a|1|note|\nb|1|note|")
            let settled = try await scene.versions()
            for tenant in [a, b] { try await scene.ensure(after, for: tenant) }
            #expect(try await scene.versions() == settled)
        }
    }

    @Test("take another order of columns without touching anything")
    func reordersColumns() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            try await scene.ensure(try await scene.report("r"), for: tenant)
            let before = try await scene.versions()
            let target = try await scene.ensure(try await scene.report("r", columns: "note text, id integer, at timestamptz"), for: tenant)
            #expect(try await scene.versions() == before)
            #expect(target.report.columns.map(\.name) == ["note", "id", "at"])
        }
    }

    @Test("take any columns while there is no day yet", arguments: ["id integer, at timestamptz", "id bigint, at timestamptz, note text"])
    func remade(_ columns: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            try await scene.ensure(try await scene.report("r"), for: tenant)
            let target = try await scene.ensure(try await scene.report("r", columns: columns), for: tenant)
            let definition = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute"
            let made = try await scene.database.psql("\(definition) WHERE attrelid = 'public.r'::regclass AND attnum > 1")
            #expect(made == target.report.columns.map { "\($0.name) \($0.type.name)" }.joined(separator: ", "))
        }
    }

    @Test("refuse another time zone once there are days: their bounds would overlap")
    func refusesTimeZone() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let target = try await scene.ensure(try await scene.report("r"), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            try await scene.database.psql("UPDATE _wh.mv_templates SET time_zone = 'America/Chicago'")
            let changed = try await scene.report("r")
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(changed, for: tenant) }
            #expect(error?.code == .columnsChanged)
            #expect(error?.message.contains("America/Chicago") == true)
        }
    }

    @Test("refuse to lose a column or change its type", arguments: ["id integer, at timestamptz", "id bigint, at timestamptz, note text"])
    func refusesRemoval(_ columns: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let target = try await scene.ensure(try await scene.report("r"), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            let changed = try await scene.report("r", columns: columns)
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(changed, for: tenant) }
            #expect(error?.code == .columnsChanged)
        }
    }

    @Test("of reports whose names begin alike are kept apart")
    func similarNames() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("s")
            let names = ["a", "ab", "a_b", "a%", "A"]
            for (index, name) in names.enumerated() {
                let target = try await scene.ensure(try await scene.report(name), for: tenant)
                try await scene.publish(DayContent("2025-09-24", ids: [Int32(index)]), to: target)
            }
            for (index, name) in names.enumerated() {
                #expect(
                    try await scene.database.psql("SELECT schema_name, id FROM public.:\"name\"", variables: ["name": name]) == "s|\(index)"
                )
            }
        }
    }

    @Test(
        "have any name that a table can have",
        arguments: [
            #"we"ird; DROP TABLE x; --"#, "Ünïcode 👍", "select", #"back\slash %s %I $1"#, "it's", String(repeating: "n", count: 63),
            String(repeating: "é", count: 31), "{SCHEMA}", " ",
        ])
    func hostileNames(_ name: String) async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report(name), for: try await scene.addTenant(name))
            for day in ["2025-09-24", "2025-09-25"] { try await scene.publish(DayContent(day, ids: [1]), to: target) }
            let count = "SELECT count(*) FROM public.:\"name\" WHERE schema_name = :'name'; SELECT count(*) FROM :\"name\".:\"name\""
            #expect(try await scene.database.psql(count, variables: ["name": name]) == "2\n2")
            try await scene.ensure(target.report, for: try await scene.warehouse.withSession { try await TenantCatalogue.named(name, $0) })
            try await scene.warehouse.withSession { session in
                try await TenantRemoval.plan(name, session).carryOut(session)
            }
            #expect(
                try await scene.database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = :'name'", variables: ["name": name]) == "0"
            )
        }
    }
}
