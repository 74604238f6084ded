import CPostgres

/// The rows of a finished statement, in text form: for control work of a few rows, not for data.
public struct QueryResult: Sendable {
    /// Column names in order.
    public let columns: [String]
    /// Rows in the order received, one entry a column, nil for NULL.
    public let values: [[String?]]
    /// Rows that the statement read or changed, from its command tag; zero where the tag has no count.
    public let affectedRows: Int

    /// `clean` is given each text that the server says.
    init(_ result: ResultHandle, _ clean: (String) -> String) {
        let pointer = result.pointer
        let width = PQnfields(pointer)
        columns = (0..<width).map { clean(String(cString: PQfname(pointer, $0))) }
        values = (0..<PQntuples(pointer)).map { row in
            (0..<width).map { PQgetisnull(pointer, row, $0) == 1 ? nil : clean(String(cString: PQgetvalue(pointer, row, $0))) }
        }
        affectedRows = Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    /// The rows, with their values by column name.
    public var rows: [Row] { values.map { Row(columns: columns, values: $0) } }

    /// The first value of the first row; nil when it is NULL or there is no row.
    public var scalar: String? { values.first?.first ?? nil }

    /// One row.
    public struct Row: Sendable {
        let columns: [String]
        let values: [String?]

        /// The value of the first column of that name; nil when it is NULL or there is no such column.
        public subscript(_ column: String) -> String? {
            columns.firstIndex(of: column).flatMap { values[$0] }
        }

        /// The value read as `type`; throws `protocolViolation` when it is NULL, absent or reads otherwise.
        public func value<Value: LosslessStringConvertible>(_ column: String, as type: Value.Type = Value.self) throws(PostgresError)
            -> Value
        {
            // PostgreSQL writes booleans as t and f.
            let text = self[column].map { type == Bool.self ? ($0 == "t" ? "true" : "false") : $0 }
            guard let value = text.flatMap({ Value($0) }) else {
                throw PostgresError(.protocolViolation, "column \(column) of the server's answer is missing or is not a \(type)")
            }
            return value
        }
    }
}
