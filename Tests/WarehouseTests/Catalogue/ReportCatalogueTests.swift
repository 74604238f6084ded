import Postgres
import Reports
import TestKit
import Testing
@testable import Warehouse

@Suite("The reports as the warehouse understands them", .timeLimit(.minutes(2)))
struct ReportCatalogueTests {
    @Test("have the types that the warehouse knows, with their modifiers, and for a domain the type under it")
    func types() async throws {
        try await withWarehouse { scene in
            try await scene.database.psql(
                "CREATE TYPE public.mood AS ENUM ('sad', 'happy'); CREATE DOMAIN public.score AS int CHECK (VALUE > 0)")
            let report = try await scene.report(
                "r",
                columns: """
                    id INT4, weight numeric(12,3), tags text[], code varchar(3), "Big" bigint, at timestamp(0) without time zone,
                    m mood, s public.score, b "char", v double precision, i interval day to second(2), k character(10)
                    """, indexes: "")
            #expect(
                report.columns.map { "\($0.name) \($0.type.name)" } == [
                    "id integer", "weight numeric(12,3)", "tags text[]", "code character varying(3)", "Big bigint",
                    "at timestamp(0) without time zone", "m public.mood", "s integer", #"b "char""#, "v double precision",
                    "i interval day to second(2)", "k character(10)",
                ])
            #expect(report.columns[1].type.modifier == ((12 << 16) | 3) + 4)
        }
    }

    @Test("of a warehouse that is upgraded keep their days and versions, where types of public were written without it")
    func upgraded() async throws {
        try await withDatabase(on: .warehouse) { database in
            try await withOwner(of: database, "CREATEROLE", ownsDatabase: true) { warehouse in
                _ = try await ControlSchema.install(in: warehouse, through: 15)
                try await database.psql(
                    """
                    CREATE TYPE public.mood AS ENUM ('sad', 'happy');
                    INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
                        VALUES ('a', 'h', 'd', 'u', 'dayhaul1:0123456789abcdef:AAAA');
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions)
                        VALUES ('r', 'SELECT {TARGET_DATE}', 'd date, m mood, l mood[], n public.mood, gone text');
                    SELECT _wh.update_tenant_union_view_by_template('r', 'a', NULL);
                    -- As the program stored them, and one that was dropped since.
                    UPDATE _wh.report_targets SET types = '{date,mood,mood[],mood,lost}';
                    INSERT INTO _wh.type_definitions VALUES ('lost', 'CREATE TYPE public.lost AS ENUM (''a'')');
                    """)
                _ = try await ControlSchema.install(in: warehouse)
                let types = try await database.psql("SELECT types FROM _wh.report_targets")
                #expect(types == "{date,public.mood,public.mood[],public.mood,public.lost}")
                // What brings a type back is found by the name that the report has now.
                let found = try await database.psql(
                    "SELECT definition FROM _wh.type_definitions, _wh.report_targets WHERE type_name = types[5]")
                #expect(found == "CREATE TYPE public.lost AS ENUM ('a')")
                try await database.psql("UPDATE _wh.report_targets SET types[5] = 'text'")
                try await warehouse.withSession { session in
                    let report = try #require(try await ReportCatalogue.all(session).first).definition.get()
                    let tenant = try await TenantCatalogue.named("a", session)
                    _ = try await ReportTarget.ensure(report, for: tenant, session)
                    // Of the same texts where the session searched public: what was loaded counts as it did.
                    #expect(report.version == "746a04bcfeb9f21a")
                }
            }
        }
    }

    @Test(
        "are refused for a type that the warehouse does not know, and a type's text is never run",
        arguments: [
            "id no_such_type", "id int); DROP TABLE victim; --", "id int; DROP TABLE victim", "id int default (1)", "id int not null",
            "id int, x int primary key",
            "id (SELECT 1)", "id setof int", "id int AS x, (SELECT 1) AS y", "id numeric(12,3", "id serial", "id victim.id%TYPE",
            "id int::text", "id varchar(0)", "id numeric(2000,1)", "id text COLLATE \"C\"", "",
        ])
    func refuses(_ columns: String) async throws {
        try await withWarehouse { scene in
            try await scene.database.psql("CREATE TABLE public.victim (id int)")
            await #expect(throws: (any Error).self) { try await scene.report("r", columns: columns, indexes: "") }
            #expect(try await scene.database.psql("SELECT count(*) FROM pg_class WHERE relname = 'victim'") == "1")
        }
    }

    @Test("may be commented, and what a comment says is never run")
    func comments() async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r", columns: "id int -- ); DROP TABLE victim\n, day /* NULL::x */ date", indexes: "")
            #expect(report.columns.map { "\($0.name) \($0.type.name)" } == ["id integer", "day date"])
        }
    }

    @Test("that cannot be used do not hide the others, and say why")
    func keepsOthers() async throws {
        try await withWarehouse { scene in
            try await scene.report("good")
            try await scene.database.psql(
                """
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, time_zone, native_report) VALUES
                ('no_zone', 'SELECT {TARGET_DATE}', 'd date', 'Mars/Olympus', NULL), ('no_query', 'SELECT 1', 'd date', 'UTC', NULL),
                ('no_native', 'SELECT {TARGET_DATE}', 'd date', 'UTC', 'None'), ('no_type', 'SELECT {TARGET_DATE}', 'd dat', 'UTC', NULL)
                """)
            let found = try await scene.warehouse.withSession { session in
                try await ReportCatalogue.all(session).map { entry in
                    switch entry.definition {
                    case .success: "\(entry.name) ok"
                    case .failure(let error): "\(entry.name) \((error as? ReportError)?.code.rawValue ?? "\(error)")"
                    }
                }
            }
            #expect(
                found == ["good ok", "no_native unknownReport", "no_query invalidQuery", "no_type invalidColumns", "no_zone invalidQuery"])
        }
    }

    @Test("have no key of a type whose values cannot be told apart", arguments: ["json", "point", "xml", "json[]"])
    func keyTypes(_ type: String) async throws {
        try await withWarehouse { scene in
            let error = await #expect(throws: ReportError.self) {
                try await scene.report("r", columns: "id int, v \(type), day date", indexes: "", keys: ["id", "v"])
            }
            #expect(error?.code == .invalidColumns)
            #expect(error?.message == "column v is of type \(type), whose values cannot be told apart")
        }
    }

    @Test("have another version when their rows could come out otherwise, and the same when not")
    func versions() async throws {
        try await withWarehouse { scene in
            let before = try await scene.report("r").version
            #expect(try await scene.report("r", indexes: "").version == before)
            #expect(try await scene.report("r", columns: WarehouseScene.columns + ", more int").version != before)
            try await scene.report("r")
            try await scene.database.psql("UPDATE _wh.mv_templates SET description = 'x', late_days = 3, key_columns = '{id}'")
            #expect(try await scene.report("r").version == before)
            try await scene.database.psql("UPDATE _wh.mv_templates SET time_zone = 'Europe/Paris'")
            #expect(try await scene.report("r").version != before)
        }
    }
}
