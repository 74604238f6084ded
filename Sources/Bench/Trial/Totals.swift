/// What a repetition took altogether, and how its passes divide.
struct Totals: Sendable, Equatable {
    /// Warehouse rows.
    var rows = 0
    /// COPY BINARY from the sources.
    var extractedBytes = 0
    /// User and system seconds of this process.
    var clientSeconds = 0.0
    /// Bytes through this process's files: spill.
    var clientRead = 0
    /// Bytes given to this process's files: spill.
    var clientWritten = 0
    /// CPU seconds of the warehouse's processes that write what sessions have made.
    var writersSeconds = 0.0
    /// Bytes that the warehouse's storage has to take; nil where they are not shown.
    var warehouseWritten: Int?
    /// Of the warehouse.
    var walBytes = 0
    /// Of the warehouse.
    var fullPageImages = 0
    /// Bytes of tables that it has left, TOAST included.
    var tableBytes = 0
    /// Bytes of indexes that it has left.
    var indexBytes = 0
}

/// How much of the pass over rows is decoding and encoding; the rest is the transform.
struct PassShares: Sendable, Equatable {
    /// 0 to 1.
    var decode = 0.0
    /// 0 to 1; with `decode` not above 1.
    var encode = 0.0
}
