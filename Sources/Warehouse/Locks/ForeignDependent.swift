import Postgres

/// What is not the engine's and keeps one of its tables from being dropped, such as a function or a foreign key.
enum ForeignDependent {
    /// Throws `tenantHasData` naming what depends on tables, views of others excepted that `DependentView` finds; found
    /// before anything is dropped, because tables go a few at a time.
    ///
    /// - Parameter tables: delimited names; those that do not exist say nothing.
    static func refuse(on tables: [String], _ connection: Connection) async throws {
        let found = try await connection.query(
            """
            WITH roots AS MATERIALIZED (
                SELECT c.oid, c.reltype, t.typarray FROM json_array_elements_text($1) AS names(name)
                JOIN pg_class c ON c.oid = to_regclass(name) LEFT JOIN pg_type t ON t.oid = c.reltype),
            used AS (
                SELECT 'pg_class'::regclass AS class, oid FROM roots
                UNION ALL SELECT 'pg_type'::regclass, reltype FROM roots
                UNION ALL SELECT 'pg_type'::regclass, typarray FROM roots)
            SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid)
            FROM used u JOIN pg_depend d ON d.refclassid = u.class AND d.refobjid = u.oid
            -- What belongs to one of the tables goes with it, such as a constraint.
            WHERE d.deptype = 'n' AND NOT EXISTS (
                SELECT FROM pg_depend own WHERE own.classid = d.classid AND own.objid = d.objid AND own.deptype IN ('a', 'i', 'P', 'S')
                    AND own.refclassid = 'pg_class'::regclass AND own.refobjid IN (SELECT oid FROM roots))
            ORDER BY 1 LIMIT 10
            """, [json(tables)]
        ).values.compactMap { $0.first ?? nil }
        guard !found.isEmpty else { return }
        throw WarehouseError(
            .tenantHasData, "tables that would be dropped are used by \(found.joined(separator: ", "))",
            hint: "drop or change that first")
    }
}
