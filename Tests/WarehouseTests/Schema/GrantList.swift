import SystemPackage
import TestKit
import Warehouse

/// Every right that somebody has in a warehouse, a line each, with the usual names of roles and database.
///
///     schema _wh: whadmin USAGE
///
/// An owner's own rights are not listed; who owns what is.
struct GrantList {
    let lines: [String]

    init(of scene: WarehouseScene) async throws {
        let roles = scene.warehouse.roles
        let names = [
            (roles.engine, "dayhaul"), (roles.admin, "whadmin"), (roles.writer, "phood_rw"), (roles.reader, "phood_ro"),
            ("owner_\(scene.database.database)", "owner"), (scene.database.superuser, "postgres"),
        ]
        let cases = names.map { "WHEN '\($0)' THEN '\($1)'" }.joined(separator: " ")
        lines = try await scene.database.psql(Self.query.replacing("<names>", with: cases)).split(separator: "\n").map(String.init)
    }

    /// Of a file with a line each; those that begin with # say something about it.
    init(file: FilePath) throws {
        let file = try FileDescriptor.open(file, .readOnly)
        let text = try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 18)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// The lines that came, with a plus, and those that went, with a minus; empty when there are none.
    func difference(from other: GrantList) -> String {
        let more = lines.filter { !other.lines.contains($0) }.map { "+ " + $0 }
        let fewer = other.lines.filter { !lines.contains($0) }.map { "- " + $0 }
        return (more + fewer).joined(separator: "\n")
    }

    private static let query = """
        CREATE FUNCTION pg_temp.called(role oid) RETURNS text LANGUAGE sql AS $$
            SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE
                CASE pg_get_userbyid(role) <names> ELSE pg_get_userbyid(role) END END $$;
        WITH objects (kind, name, owner, acl) AS (
            SELECT 'database', 'the warehouse'::text, datdba, coalesce(datacl, acldefault('d', datdba))
            FROM pg_database WHERE datname = current_database()
            UNION ALL
            SELECT 'schema', nspname::text, nspowner, coalesce(nspacl, acldefault('n', nspowner))
            FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
            UNION ALL
            SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END, relnamespace::regnamespace || '.' || relname, relowner,
                coalesce(relacl, acldefault((CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", relowner))
            FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
            UNION ALL
            SELECT 'column', c.relnamespace::regnamespace || '.' || c.relname || '.' || a.attname, c.relowner, a.attacl
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE a.attacl IS NOT NULL AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
            UNION ALL
            SELECT CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END || CASE WHEN prosecdef THEN ' (definer)' ELSE '' END,
                p.pronamespace::regnamespace || '.' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', proowner,
                coalesce(proacl, acldefault('f', proowner))
            FROM pg_proc p WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)')
        SELECT line FROM (
        SELECT kind || ' ' || name || ': of ' || pg_temp.called(owner) FROM objects WHERE kind <> 'column'
        UNION
        SELECT kind || ' ' || name || ': ' || pg_temp.called(grantee) || ' ' || string_agg(privilege_type, ', ' ORDER BY privilege_type)
            || CASE WHEN bool_or(is_grantable) THEN ' with grant option' ELSE '' END
        FROM objects CROSS JOIN LATERAL aclexplode(acl) WHERE grantee <> owner GROUP BY kind, name, grantee
        UNION
        SELECT 'made by ' || pg_temp.called(defaclrole) || ' later' || coalesce(' in schema ' || nullif(defaclnamespace, 0)::regnamespace, '') || ', '
            || CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' ELSE defaclobjtype::text END
            || ': ' || coalesce(string_agg(pg_temp.called(grantee) || ' ' || privilege_type, ', ' ORDER BY 1), 'nobody')
        FROM pg_default_acl LEFT JOIN LATERAL aclexplode(defaclacl) ON grantee <> defaclrole GROUP BY defaclrole, defaclnamespace, defaclobjtype
        UNION
        SELECT 'role ' || pg_temp.called(oid) || ':' || CASE WHEN rolcanlogin THEN ' LOGIN' ELSE '' END || CASE WHEN rolsuper THEN ' SUPERUSER' ELSE '' END
            || CASE WHEN rolcreaterole THEN ' CREATEROLE' ELSE '' END || CASE WHEN rolcreatedb THEN ' CREATEDB' ELSE '' END
            || CASE WHEN rolreplication THEN ' REPLICATION' ELSE '' END || CASE WHEN rolbypassrls THEN ' BYPASSRLS' ELSE '' END
        FROM pg_roles WHERE pg_temp.called(oid) IN ('dayhaul', 'whadmin', 'phood_rw', 'phood_ro')
        UNION
        SELECT 'role ' || pg_temp.called(roleid) || ': has the member ' || pg_temp.called(member) FROM pg_auth_members
        WHERE pg_temp.called(roleid) IN ('dayhaul', 'whadmin', 'phood_rw', 'phood_ro') OR pg_temp.called(member) IN ('dayhaul', 'whadmin', 'phood_rw', 'phood_ro')
        ) lines (line) ORDER BY line COLLATE "C"
        """
}
