public import Postgres

/// Somebody who may create something in a schema that the engine uses, and is neither the engine's nor the database's owner.
///
/// The engine names what it uses with its schema, so that nothing made there is taken for it. But a name can be occupied before the
/// engine needs it, and extensions of such a schema are not searched for indexes.
public struct SchemaStranger: Sendable, Equatable {
    /// A schema: `public`, `_wh`, or a tenant's.
    public let schema: String
    /// The role, or `PUBLIC` for everybody.
    public let role: String
    /// The statement that takes it from them.
    public let mend: String
    /// Who can run that.
    public let grantedBy: String

    /// All of them, by schema. `connection` acts as the engine.
    public static func all(_ connection: Connection) async throws -> [SchemaStranger] {
        try await connection.query(
            """
            SELECT schema_name, role_name, granted_by, mend
            FROM (VALUES ('public'), ('_wh') UNION SELECT schema_name FROM _wh.target_schemas) used (schema_name)
            CROSS JOIN LATERAL _wh.strangers_in(schema_name) ORDER BY 1, 2
            """
        ).rows.map {
            SchemaStranger(
                schema: try $0.value("schema_name"), role: try $0.value("role_name"), mend: try $0.value("mend"),
                grantedBy: try $0.value("granted_by"))
        }
    }
}
