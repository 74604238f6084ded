public import Postgres
import Reports

/// Reports of one warehouse on their way to another, with what their columns and indexes need there.
public struct ExportedReports: Sendable {
    /// Rows of `_wh.mv_templates`, a JSON array.
    fileprivate let templates: String
    /// The warehouse's extensions: indexes may use their functions and operator classes.
    fileprivate let extensions: [String]
    /// Makes the types of their columns that are not built in; a statement or several each.
    fileprivate let types: [String]
}

extension ReportCatalogue {
    /// Some reports, all of them enabled there.
    public static func exported(_ names: [String], _ connection: Connection) async throws -> ExportedReports {
        let templates = try await connection.query(
            """
            SELECT jsonb_agg(to_jsonb(t) || '{"enabled": true}') FROM _wh.mv_templates t
            WHERE template_name IN (SELECT json_array_elements_text($1))
            """, [json(names)]
        ).scalar
        let extensions = try await connection.query(
            """
            SELECT format('CREATE SCHEMA IF NOT EXISTS %I; CREATE EXTENSION IF NOT EXISTS %I SCHEMA %1$I', n.nspname, e.extname)
            FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <> 'pg_catalog' ORDER BY e.oid
            """
        ).values.compactMap { $0.first ?? nil }
        var types: Set<String> = []
        for name in names {
            if case .success(let report) = try await named(name, connection).definition {
                types.formUnion(report.ownTypes)
            }
        }
        return ExportedReports(
            templates: templates ?? "[]", extensions: extensions,
            types: try await TypeSource.definitions(of: types.sorted(), connection))
    }

    /// Adds reports as another warehouse has them, to one that has nothing else. Throws 23505 for one that is there,
    /// and what the server says where a type cannot be made.
    public static func register(_ reports: ExportedReports, _ connection: Connection) async throws {
        // One that only a superuser can make is missed where something needs it, and named there.
        for statements in reports.extensions { try? await connection.execute(script: statements) }
        for statements in reports.types { try await make(statements, connection) }
        try await connection.query(
            "INSERT INTO _wh.mv_templates SELECT * FROM jsonb_populate_recordset(NULL::_wh.mv_templates, $1::jsonb)",
            [reports.templates])
    }

    /// A type that several others are made of is among the statements of each.
    private static func make(_ statements: String, _ connection: Connection) async throws {
        do {
            try await connection.execute(script: statements)
        } catch let error as PostgresError where error.sqlstate?.code == "42710" {
            return
        }
    }
}
