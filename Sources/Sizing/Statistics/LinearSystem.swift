/// Small symmetric systems of linear equations.
enum LinearSystem {
    /// The inverse of a symmetric positive definite matrix, by Gauss and Jordan with the largest pivot; nil where it has none to speak of.
    static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
        let size = matrix.count
        var rows = matrix.enumerated().map { index, row in row + (0..<size).map { $0 == index ? 1.0 : 0 } }
        let scale = matrix.indices.map { abs(matrix[$0][$0]) }.max() ?? 0
        for column in 0..<size {
            guard let pivot = (column..<size).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 1e-13 * scale, rows[pivot][column].isFinite
            else { return nil }
            rows.swapAt(column, pivot)
            let factor = rows[column][column]
            for index in rows[column].indices { rows[column][index] /= factor }
            for row in 0..<size where row != column {
                let factor = rows[row][column]
                guard factor != 0 else { continue }
                for index in rows[row].indices { rows[row][index] -= factor * rows[column][index] }
            }
        }
        return rows.map { Array($0[size...]) }
    }

    static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// Columns' products with each other.
    static func gram(_ rows: [[Double]], columns: [Int]) -> [[Double]] {
        columns.map { first in columns.map { second in rows.reduce(0) { $0 + $1[first] * $1[second] } } }
    }
}
