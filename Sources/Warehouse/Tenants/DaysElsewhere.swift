public import Postgres
import SQLText

/// Days of a tenant that are not in the tenant's schema.
public struct DaysElsewhere: Sendable, Codable, Equatable {
    /// The tenant.
    public let tenant: String
    /// The report; nil where a move that has not ended has nothing left in the schema but a few tables.
    public let report: String?
    /// Where they are.
    public let schema: String
    /// The schema that the tenant has, or is moved to.
    public let ownSchema: String
    /// How many.
    public let days: Int
    /// Of these, days that the tenant's schema has too: the public view counts their rows twice.
    public let copies: Int
    /// Whether a move has begun and not ended.
    public let isMoving: Bool

    /// The command that mends it.
    public var command: String {
        "dayhaul tenant move \(Shell.word(tenant)) --schema \(Shell.word(ownSchema))"
            + (copies > 0 ? " --drop-copy" : "")
    }

    /// For people.
    public var description: String {
        let what = report.map { "\(counted(days, "day")) of \($0)" } ?? "tables"
        if isMoving {
            return
                "tenant \(tenant) is being moved from schema \(schema) to \(ownSchema) and is not loaded: "
                + "\(command) finishes it"
        }
        let twice = copies > 0 ? ", \(copies) of them twice: public.\(report ?? "") counts their rows twice" : ""
        return
            "tenant \(tenant) has the schema \(ownSchema), and \(what) in schema \(schema)\(twice); "
            + "mend it with \(command)"
    }

    /// All of them.
    public static func all(_ connection: Connection) async throws -> [DaysElsewhere] {
        try await connection.query(
            """
            SELECT s.tenant_name, t.template_name, s.schema_name,
                coalesce(s.moving_to, c.target_schema, c.tenant_name) AS own,
                count(l.day) AS days, count(o.day) AS copies, s.moving_to IS NOT NULL AS moving
            FROM _wh.target_schemas s JOIN _wh.tenant_connections c USING (tenant_name)
            LEFT JOIN _wh.report_targets t USING (schema_name)
            LEFT JOIN _wh.ledger l ON l.schema_name = t.schema_name AND l.template_name = t.template_name
            LEFT JOIN _wh.ledger o ON o.schema_name = coalesce(s.moving_to, c.target_schema, c.tenant_name)
                AND o.template_name = l.template_name AND o.day = l.day
            WHERE s.schema_name <> coalesce(c.target_schema, c.tenant_name) OR s.moving_to IS NOT NULL
            GROUP BY s.tenant_name, t.template_name, s.schema_name, s.moving_to, c.target_schema, c.tenant_name
            HAVING count(l.day) > 0 OR s.moving_to IS NOT NULL ORDER BY 1, 3, 2
            """
        ).rows.map { row in
            DaysElsewhere(
                tenant: try row.value("tenant_name"), report: row["template_name"],
                schema: try row.value("schema_name"),
                ownSchema: try row.value("own"), days: try row.value("days"), copies: try row.value("copies"),
                isMoving: try row.value("moving"))
        }
    }
}
