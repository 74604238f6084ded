public import Postgres
import SQLText

/// What moving a tenant to another schema takes: found out first, shown, then done in steps of which each is one short
/// transaction.
///
/// Parents and views are moved first and at once; views keep what they read by its OID, so that readers see all days
/// all the time. Day tables follow some at a time, because each takes locks of which a server has few. Until all are
/// there the tenant's days are not loaded; the same command goes on where another one ended, however it ended.
///
/// Where the tenant has days of a report in several schemas, those that only another schema has are moved too, and of
/// the others one copy stays.
public struct TenantMove: Sendable {
    /// The tenant.
    public let tenant: String
    /// Where its days will be.
    public let schema: String
    /// What it has elsewhere, by report and schema.
    public let parts: [Part]
    /// Views of others that read the views and tables of copies, which are dropped.
    public let dependents: [DependentView]
    /// Whether the tenant has that schema already, and an earlier move has ended.
    let isThere: Bool
    /// Whether the tenant has anything in another schema.
    let hasOthers: Bool

    /// A report's days in a schema that the tenant is moved from.
    public struct Part: Sendable, Encodable {
        /// The report.
        public let report: String
        /// The schema.
        public let schema: String
        /// Its days there.
        public let days: Int
        /// Of these, days that the new schema has too: they are dropped.
        public let copies: Int
        /// Of the copies, those with other rows than in the new schema.
        public let differingCopies: Int
        /// The new schema has the report already.
        let isMerged: Bool
        /// A column that is another in the new schema, so that no day can be taken over.
        let otherColumn: String?
        /// The first and the last day that only this schema has.
        let range: (first: String, last: String)?

        private enum CodingKeys: String, CodingKey { case report, schema, days, copies, differingCopies }
    }

    /// Nothing is left to be done.
    public var isDone: Bool { parts.isEmpty && isThere }
    /// Days that will be in the new schema.
    public var days: Int { parts.reduce(0) { $0 + $1.days - $1.copies } }
    /// Days of which a copy is dropped.
    public var copies: Int { parts.reduce(0) { $0 + $1.copies } }

    /// Reads where a tenant's days are. Throws `unknownTenant`, `invalidName`, and `nameTaken` for a schema that
    /// belongs to another tenant.
    public static func plan(_ name: String, to schema: String, _ connection: Connection) async throws -> TenantMove {
        var tenant = try await TenantCatalogue.named(name, connection)
        try await TenantRemoval.refuse(name, connection)
        let own = tenant.schema
        tenant.schema = schema
        try TenantCatalogue.checkNames(of: tenant)
        try await refusing { try await connection.query("SELECT _wh.check_schema($1, $2)", [name, schema]) }
        let parts = try await parts(of: name, in: own, to: schema, connection)
        let dropped = parts.filter(\.isMerged)
        let tables = try await connection.query(
            """
            SELECT t.schema_name, t.days_table FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            WHERE s.tenant_name = $1
            """, [name]
        ).rows.filter { row in dropped.contains { $0.schema == row["schema_name"] } }
        let roots =
            dropped.map { SQL.identifier($0.schema, $0.report) }
            + tables.map { SQL.identifier($0["schema_name"] ?? "", $0["days_table"] ?? "") }
        let others = try await connection.query(
            "SELECT count(*) FROM _wh.target_schemas WHERE tenant_name = $1 AND schema_name <> $2", [name, schema]
        ).scalar
        return TenantMove(
            tenant: name, schema: schema, parts: parts,
            dependents: roots.isEmpty
                ? []
                : try await DependentView.of(roots, connection).filter { view in
                    !dropped.contains { view.title == "\($0.schema).\($0.report)" }
                },
            isThere: own == schema && others == "0", hasOthers: others != "0")
    }

    /// Of a report that the new schema does not have, the days of one schema are moved as they are, of the tenant's own
    /// if it has any, and the others are compared with them.
    private static func parts(
        of tenant: String, in own: String, to schema: String, _ connection: Connection
    ) async throws -> [Part] {
        try await connection.query(
            """
            SELECT t.template_name, t.schema_name, count(l.day) AS days, count(o.day) AS copies,
                count(*) FILTER (WHERE o.digest <> l.digest OR o.rows <> l.rows) AS differing,
                h.schema_name IS NOT NULL AS merged,
                min(l.day) FILTER (WHERE o.day IS NULL) AS first, max(l.day) FILTER (WHERE o.day IS NULL) AS last, (
                    SELECT coalesce(a.c, b.c) FROM unnest(t.columns, t.types) AS a(c, ty)
                    FULL JOIN unnest(h.columns, h.types) AS b(c, ty) ON b.c = a.c AND b.ty = a.ty
                    WHERE h.schema_name IS NOT NULL AND (a.c IS NULL OR b.c IS NULL)
                    UNION ALL SELECT t.day_column WHERE t.day_column <> h.day_column OR t.time_zone <> h.time_zone
                    LIMIT 1) AS other
            FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            CROSS JOIN LATERAL (
                SELECT x.schema_name FROM _wh.report_targets x JOIN _wh.target_schemas y USING (schema_name)
                WHERE y.tenant_name = s.tenant_name AND x.template_name = t.template_name
                ORDER BY x.schema_name <> $2, x.schema_name <> $3, x.schema_name LIMIT 1) home
            LEFT JOIN _wh.report_targets h ON h.schema_name = home.schema_name AND h.template_name = t.template_name
                AND h.schema_name <> t.schema_name
            LEFT JOIN _wh.ledger l ON l.schema_name = t.schema_name AND l.template_name = t.template_name
            LEFT JOIN _wh.ledger o
                ON o.schema_name = h.schema_name AND o.template_name = l.template_name AND o.day = l.day
            WHERE s.tenant_name = $1 AND t.schema_name <> $2
            GROUP BY t.schema_name, t.template_name, h.schema_name, h.template_name
            ORDER BY t.schema_name, t.template_name
            """, [tenant, schema, own]
        ).rows.map { row in
            Part(
                report: try row.value("template_name"), schema: try row.value("schema_name"),
                days: try row.value("days"),
                copies: try row.value("copies"), differingCopies: try row.value("differing"),
                isMerged: try row.value("merged"),
                otherColumn: row["other"], range: row["first"].flatMap { first in row["last"].map { (first, $0) } })
        }
    }

    /// Throws `tenantHasData` where copies would be dropped and are not to be, where days cannot be taken over, and
    /// where views of others read what would be dropped.
    public func check(dropsCopies: Bool) throws(WarehouseError) {
        for part in parts where part.isMerged {
            if part.copies > 0, !dropsCopies {
                throw WarehouseError(
                    .tenantHasData,
                    "tenant \(tenant) has \(counted(part.copies, "day")) of \(part.report) in schema \(schema) "
                        + "and in \(part.schema) as well",
                    hint: "keep those of \(schema) and drop the others: \(command) --drop-copy")
            }
            if let column = part.otherColumn, let range = part.range {
                throw WarehouseError(
                    .tenantHasData,
                    "\(part.schema).\(part.report) has days that \(schema).\(part.report) has not, "
                        + "and another column \(column)",
                    hint:
                        "read them again first: dayhaul ingest --from \(range.first) --to \(range.last) "
                        + "--tenant \(Shell.word(tenant)) "
                        + "--report \(Shell.word(part.report))")
            }
        }
        guard dependents.isEmpty else {
            throw WarehouseError(
                .tenantHasData,
                "views of others read a copy that would be dropped: \(dependents.map(\.title).joined(separator: ", "))",
                hint: "let them read \(schema) instead, or drop them, then run the same command again")
        }
    }

    var command: String { "dayhaul tenant move \(Shell.word(tenant)) --schema \(Shell.word(schema))" }

    /// Throws `schemaChanged`, with the command that finishes it, while a tenant's days are on their way to another
    /// schema.
    public static func refuseUnfinished(of tenant: String, _ connection: Connection) async throws {
        try await refusing { try await connection.query("SELECT _wh.refuse_unfinished_move($1)", [tenant]) }
    }

    @discardableResult
    static func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw WarehouseError(
                error, ["42602": .invalidName, "42P06": .nameTaken, "42P07": .nameTaken, "55000": .schemaChanged])
                ?? error
        }
    }
}
