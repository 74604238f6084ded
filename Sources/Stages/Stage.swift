/// A step of a row's way, in the order of the way.
public enum Stage: String, Sendable, CaseIterable, Codable {
    /// The source's query and COPY, and the client's reading of it.
    case extract
    /// Fields into Swift values.
    case decode
    /// Joins and sums.
    case transform
    /// Swift values into COPY BINARY tuples.
    case encode
    /// Compressed to the client's disk and read back.
    case spill
    /// COPY into a day's table.
    case load
    /// The day's indexes.
    case index
    /// ANALYZE.
    case analyse
    /// The ledger row, ATTACH or merge, and the commit.
    case publish
    /// The tenants' views and the public one.
    case view
}
