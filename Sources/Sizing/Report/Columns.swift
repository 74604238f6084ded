/// Columns of text, as wide as they need to be.
struct Columns {
    private let isRight: [Bool]
    private var rows: [[String]] = []

    /// Headings; those that begin with `>` stand to the right, over numbers.
    init(_ headings: String...) {
        isRight = headings.map { $0.hasPrefix(">") }
        rows.append(headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 })
    }

    mutating func add(_ cells: String...) { rows.append(cells) }

    /// Without trailing blanks.
    var lines: [String] {
        let widths = isRight.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { cells in
            var line = cells.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
                return isRight[column] ? blanks + cells[column] : cells[column] + blanks
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
