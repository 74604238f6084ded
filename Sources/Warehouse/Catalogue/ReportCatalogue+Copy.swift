public import Postgres

extension ReportCatalogue {
    /// The rows of some reports in `_wh.mv_templates`, all of them enabled, as JSON that `register` takes.
    public static func exported(_ names: [String], _ connection: Connection) async throws -> String {
        try await connection.query(
            """
            SELECT jsonb_agg(to_jsonb(t) || '{"enabled": true}') FROM _wh.mv_templates t
            WHERE template_name IN (SELECT json_array_elements_text($1))
            """, [json(names)]
        ).scalar ?? "[]"
    }

    /// Adds reports as another warehouse has them; throws 23505 for one that is there.
    public static func register(exported reports: String, _ connection: Connection) async throws {
        try await connection.query(
            "INSERT INTO _wh.mv_templates SELECT * FROM jsonb_populate_recordset(NULL::_wh.mv_templates, $1::jsonb)", [reports])
    }
}
