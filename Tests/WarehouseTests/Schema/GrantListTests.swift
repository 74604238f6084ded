import SystemPackage
import TestKit
import Testing
import Warehouse

@Suite("The list of all grants", .timeLimit(.minutes(2)))
struct GrantListTests {
    /// Changed by hand, with the grants: nothing writes it.
    private static let file = FilePath(#filePath).removingLastComponent().appending("grants.txt")

    @Test("is the one in grants.txt")
    func golden() async throws {
        try await withPeople { scene in
            let difference = try await GrantList(of: scene).difference(from: GrantList(file: Self.file))
            #expect(difference == "", "grants.txt and the warehouse differ")
        }
    }

    @Test("is the same again after init has found a control schema without owners and with rights for everybody")
    func mended() async throws {
        try await withPeople { scene in
            let before = try await GrantList(of: scene)
            let roles = scene.warehouse.roles
            try await scene.database.psql(
                """
                DO $$
                DECLARE one text;
                BEGIN
                    EXECUTE format('ALTER SCHEMA _wh OWNER TO %I', 'owner_' || current_database());
                    FOR one IN SELECT oid::regclass FROM pg_class WHERE relnamespace = '_wh'::regnamespace AND relkind IN ('r', 'v') LOOP
                        EXECUTE format('ALTER TABLE %s OWNER TO %I', one, 'owner_' || current_database());
                    END LOOP;
                    FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '_wh'::regnamespace LOOP
                        EXECUTE format('ALTER ROUTINE %s OWNER TO %I', one, 'owner_' || current_database());
                    END LOOP;
                END $$;
                GRANT ALL ON SCHEMA _wh, public TO PUBLIC;
                GRANT ALL ON ALL TABLES IN SCHEMA _wh TO PUBLIC, \(roles.admin), \(roles.reader);
                GRANT ALL ON ALL ROUTINES IN SCHEMA _wh TO PUBLIC, \(roles.writer);
                GRANT CREATE ON DATABASE \(scene.database.database) TO \(roles.writer);
                ALTER DEFAULT PRIVILEGES FOR ROLE \(roles.engine) GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
                DROP VIEW public.warehouse_freshness;
                """)
            _ = try await ControlSchema.install(in: scene.warehouse)
            let difference = try await GrantList(of: scene).difference(from: before)
            #expect(difference == "")
        }
    }
}
