/// Linear least squares whose coefficients cannot be negative, as costs are not (Lawson and Hanson, Solving Least Squares Problems, 1974,
/// ch. 23). With a handful of columns all sets of them are tried, which finds the optimum without a start or an iteration.
struct NonNegativeFit {
    /// One a column.
    let coefficients: [Double]
    /// Of the coefficients, a row and a column each; 0 of those that are held at 0, and of all where no observation is left over.
    let covariance: [[Double]]
    /// Observations less coefficients that are not 0.
    let degreesOfFreedom: Int

    /// Fits `targets` to the columns of `rows`, each observation weighted. At most six columns.
    init(_ rows: [[Double]], _ targets: [Double], weights: [Double]) {
        let width = rows.first?.count ?? 0
        // Every column is divided by its length, so that rows in millions and days in tens condition the system alike.
        let weighted = zip(rows, weights).map { row, weight in row.map { $0 * weight } }
        let lengths = (0..<width).map { column in weighted.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
        let scaled = weighted.map { row in zip(row, lengths).map { $1 > 0 ? $0 / $1 : 0 } }
        let aims = zip(targets, weights).map { $0 * $1 }
        var best: (cost: Double, columns: [Int], values: [Double], inverse: [[Double]])?
        for choice in 1..<max(2, 1 << min(width, 6)) {
            let columns = (0..<min(width, 6)).filter { choice & (1 << $0) != 0 && lengths[$0] > 0 }
            guard !columns.isEmpty, let inverse = LinearSystem.inverse(LinearSystem.gram(scaled, columns: columns)) else { continue }
            let moments = columns.map { column in zip(scaled, aims).reduce(0) { $0 + $1.0[column] * $1.1 } }
            let values = LinearSystem.product(inverse, moments)
            guard values.allSatisfy({ $0 >= 0 }) else { continue }
            let cost = zip(scaled, aims).reduce(0) { sum, next in
                let error = zip(columns, values).reduce(-next.1) { $0 + next.0[$1.0] * $1.1 }
                return sum + error * error
            }
            if cost < (best?.cost ?? .infinity) { best = (cost, columns, values, inverse) }
        }
        var coefficients = [Double](repeating: 0, count: width)
        var covariance = [[Double]](repeating: coefficients, count: width)
        degreesOfFreedom = rows.count - (best?.columns.count ?? 0)
        if let best {
            let variance = degreesOfFreedom > 0 ? best.cost / Double(degreesOfFreedom) : 0
            for (index, column) in best.columns.enumerated() {
                coefficients[column] = best.values[index] / lengths[column]
                for (other, otherColumn) in best.columns.enumerated() {
                    covariance[column][otherColumn] = variance * best.inverse[index][other] / (lengths[column] * lengths[otherColumn])
                }
            }
        }
        self.coefficients = coefficients
        self.covariance = covariance
    }
}
