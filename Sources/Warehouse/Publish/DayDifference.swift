/// How many rows of a stream differ from those of a day's table.
public struct DayDifference: Sendable, Equatable {
    /// Rows of the stream whose key the table does not have; all rows that it does not have where the report declares no key.
    public let missing: Int
    /// Rows of the table whose key the stream does not have; all rows that it does not have where the report declares no key.
    public let extra: Int
    /// Keys that both have, with other content; always 0 where the report declares no key.
    public let changed: Int
    /// Rows of the stream.
    public let streamRows: Int

    /// Rows of the table.
    public var tableRows: Int { streamRows - missing + extra }
    /// Rows of the table that the stream does not have as they are.
    public var rowsToDelete: Int { extra + changed }
    /// Rows of the stream that the table does not have as they are.
    public var rowsToInsert: Int { missing + changed }
    /// The table has the rows of the stream, each as often, and no others.
    public var isEmpty: Bool { missing + extra + changed == 0 }
}
