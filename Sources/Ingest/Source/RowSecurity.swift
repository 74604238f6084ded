import Postgres
import Reports

/// Whether row-level security keeps rows from the login that reads: a query returns what is left without saying so.
/// Asked once at the most, and nothing is run: with row_security off the server refuses such a query (PostgreSQL
/// manual, "Row Security Policies").
final class RowSecurity {
    private let reads: [SourceRead]
    private var answer: String??

    /// For the reads of one snapshot.
    init(of reads: [SourceRead]) { self.reads = reads }

    /// What the server says of a read that a policy filters; nil where none does. For use within a transaction.
    func policy(_ connection: Connection) async throws -> String? {
        if let answer { return answer }
        var found: String?
        for read in reads where found == nil { found = try await Self.policy(on: read.query, connection) }
        answer = .some(found)
        return found
    }

    private static func policy(on query: String, _ connection: Connection) async throws -> String? {
        try await connection.query("SAVEPOINT row_security")
        do {
            try await connection.query("SET LOCAL row_security = off")
            _ = try await connection.describe(query)
            try await connection.query("ROLLBACK TO SAVEPOINT row_security")
            return nil
        } catch let error as PostgresError where error.code == .server && !error.isTransient {
            try await connection.query("ROLLBACK TO SAVEPOINT row_security")
            return error.sqlstate?.code == "42501" ? error.message : nil
        }
    }
}
