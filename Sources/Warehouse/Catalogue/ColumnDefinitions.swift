import Postgres
import Reports

/// The text of `mv_templates.column_definitions`, such as `id integer, store text, weight numeric(12,3)`, taken apart
/// by the warehouse: `_wh.column_list` is its only parser, so that functions in SQL and the engine read the same.
struct ColumnDefinitions {
    /// A name and the text of its type, which only the server can judge.
    struct Entry: Equatable {
        /// As it will be in the catalogue.
        let name: String
        /// As written.
        let type: String
    }

    /// In the order written.
    let entries: [Entry]

    /// Throws `invalidColumns` with what the warehouse says is wrong: a column without a name or a type, a name that a
    /// column cannot have or that is given twice, too many columns.
    static func read(_ text: String, _ connection: Connection) async throws -> ColumnDefinitions {
        do {
            let rows = try await connection.query(
                """
                SELECT u.name, u.type FROM _wh.column_list($1) l,
                    unnest(l.names, l.types) WITH ORDINALITY AS u(name, type, n) ORDER BY u.n
                """, [text]
            ).rows
            return ColumnDefinitions(
                entries: try rows.map { Entry(name: try $0.value("name"), type: try $0.value("type")) })
        } catch let error as PostgresError where error.sqlstate?.code == "42611" {
            throw ReportError(.invalidColumns, error.message, hint: error.hint)
        }
    }
}
