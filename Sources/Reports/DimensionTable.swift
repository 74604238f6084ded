/// Rows of a dimension by their integer id: an array where ids are dense, a dictionary where they are not.
public struct DimensionTable<Row> {
    private var dense: [Row?] = []
    private var sparse: [Int32: Row] = [:]
    private var count = 0
    private let name: String

    /// An empty table; `name` is for messages.
    public init(_ name: String) { self.name = name }

    /// Adds a row. A row without an id joins with nothing and is left out. Throws `invalidDimension` for an id that is there already:
    /// a join would then repeat facts.
    public mutating func insert(_ row: Row, id: Int32?) throws {
        guard let id else { return }
        guard self[id] == nil else {
            throw ReportError(.invalidDimension, "\(name) has two rows with id \(id)", hint: "its id must be unique")
        }
        count += 1
        // At most eight places a row are spent on being dense.
        if id >= 0, Int(id) < 1024 + 8 * count {
            while dense.count <= Int(id) { dense.append(nil) }
            dense[Int(id)] = row
        } else {
            sparse[id] = row
        }
    }

    /// The row of an id; nil when there is none.
    public subscript(id: Int32?) -> Row? {
        guard let id else { return nil }
        if id >= 0, Int(id) < dense.count, let row = dense[Int(id)] { return row }
        return sparse.isEmpty ? nil : sparse[id]
    }
}
