import Postgres
import Reports

extension SourceRead {
    /// The columns that the source says the query returns. An error says where in the report's template it is, as far as the source does.
    func described(over connection: Connection) async throws -> [ColumnDescription] {
        do {
            return try await connection.describe(query)
        } catch let error as PostgresError {
            guard let place = error.position.flatMap({ place?($0) }) else { throw error }
            throw error.located("in line \(place.line), column \(place.column) of the report's query")
        }
    }
}
