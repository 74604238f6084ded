import TestKit
import Testing

/// A role that an old GRANT lets create what it likes in the schema public of the warehouse, and that has put there whatever fits what the
/// engine writes better than PostgreSQL's own would.
@Suite("A stranger in the schema public", .timeLimit(.minutes(4)))
struct StrangerTests {
    private static let password = "of a stranger"

    /// An operator for each of PostgreSQL's names and each pair of types that has none of its own, and functions that take a type more
    /// fitting than PostgreSQL's do. A sequence counts who else runs them, whatever becomes of the transaction.
    private static let traps = """
        CREATE SEQUENCE public.caught;
        GRANT USAGE ON SEQUENCE public.caught TO PUBLIC;
        CREATE FUNCTION public.note() RETURNS boolean LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS
            'BEGIN IF current_user <> session_user OR current_user !~ ''^stranger'' THEN PERFORM nextval(''public.caught''); END IF; RETURN true; END';
        DO $do$
        DECLARE
            types text[] := '{oid,regclass,text,name,varchar,integer,bigint,smallint,date,timestamptz,timestamp,numeric,json,"\\"char\\"",text[]}';
            l text;
            r text;
            op text;
        BEGIN
            FOREACH l IN ARRAY types LOOP
                FOREACH r IN ARRAY types LOOP
                    EXECUTE format('CREATE FUNCTION public.trap(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE AS ''SELECT public.note()''', l, r);
                    FOREACH op IN ARRAY '{=,<>,<,>,<=,>=,||,->>,~,!~,@>,+,-}'::text[] LOOP
                        IF to_regoperator(format('pg_catalog.%s(%s, %s)', op, l, r)) IS NULL THEN
                            EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.trap)', op, l, r);
                        END IF;
                    END LOOP;
                END LOOP;
            END LOOP;
            FOR op, l IN SELECT DISTINCT p.proname, t.better FROM pg_proc p, (VALUES ('name'), ('varchar')) t (better)
                WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.pronargs = 1 AND p.proargtypes[0] = 'text'::regtype
                    AND to_regprocedure(format('pg_catalog.%I(%s)', p.proname, t.better)) IS NULL
            LOOP
                EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE sql IMMUTABLE AS ''SELECT public.note()::text''', op, l);
            END LOOP;
        END $do$;
        """

    @Test("is named by init, and nothing of theirs is run by any command: neither an operator nor a function that fits better")
    func notRun() async throws {
        try await withTenantSources(1, days: 2) { sources in
            try await withOperator { boss in
                let stranger = "stranger_\(boss.warehouse.database)"
                #expect(try await boss.dayhaul("init").errors == "")
                try await boss.warehouse.psql(
                    "CREATE ROLE \(stranger) LOGIN PASSWORD '\(Self.password)'; GRANT CREATE ON SCHEMA public TO \(stranger)")
                try await boss.warehouse.psql(Self.traps, user: stranger, password: Self.password)

                // They work, to begin with.
                try await boss.warehouse.psql("SELECT 1::oid = 'pg_class'::regclass")
                let works = try await caught(boss)
                #expect(works == "t")
                try await boss.warehouse.psql("ALTER SEQUENCE public.caught RESTART")
                try await boss.warehouse.psql("SELECT setval('public.caught', 1, false)")

                let mend = "REVOKE CREATE ON SCHEMA public FROM \(stranger)"
                let initialised = try await boss.dayhaul("init")
                #expect(initialised.status == .exited(0))
                #expect(
                    initialised.errors.contains("\(stranger) may create something in the schema public")
                        && initialised.errors.contains("\(mend);"), "\(initialised.errors)")
                let document = try await boss.dayhaul("init", "--json").document(InitDocument.self)
                #expect(document.strangers.map(\.statement) == [mend] && document.strangers.map(\.role) == [stranger])

                #expect(try await boss.add("tenant_a", sources[0]).status == .exited(0))
                try await boss.psql(file: "template-foodlogstats.sql")
                let range = ["--from", "2025-09-01", "--to", "2025-09-02"]
                for command in [
                    ["report", "check", "foodlogstats"], ["report", "list"], ["plan"] + range, ["ingest"] + range,
                    ["ingest", "--force"] + range,
                    ["status"], ["verify"] + range, ["rebuild"], ["tenant", "test"], ["tenant", "list"],
                    ["report", "show", "foodlogstats"],
                ] {
                    let ended = try await boss.dayhaul(command, input: "")
                    #expect(ended.status == .exited(0), "\(command): \(ended.errors)")
                    #expect(try await caught(boss) == "f", "\(command)")
                }

                // What init says to run takes it from them, and then there is nothing to say.
                try await boss.warehouse.psql(mend)
                #expect(try await boss.dayhaul("init").errors == "")
                try await boss.warehouse.psql("DROP OWNED BY \(stranger); DROP ROLE \(stranger)")
            }
        }
    }

    private func caught(_ boss: Operator) async throws -> String {
        try await boss.warehouse.psql("SELECT is_called FROM public.caught")
    }

    private struct InitDocument: Decodable {
        let strangers: [Stranger]

        struct Stranger: Decodable {
            let role, statement: String
        }
    }
}
