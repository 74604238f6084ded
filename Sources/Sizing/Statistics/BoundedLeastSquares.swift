/// Nonlinear least squares within bounds: Levenberg and Marquardt's steps over the variables that are free, projected on the bounds
/// (Kanzow, Yamashita and Fukushima, J. Comput. Appl. Math. 172, 2004).
struct BoundedLeastSquares {
    /// One a variable.
    let bounds: [ClosedRange<Double>]

    /// Where the sum of squares is least, as found from several starts, and that sum. An infinite sum means that no start had a finite one.
    func minimum(from starts: [[Double]], _ residuals: ([Double]) -> [Double]) -> (point: [Double], cost: Double) {
        var best = (point: starts.first ?? bounds.map(\.lowerBound), cost: Double.infinity)
        for start in starts {
            let found = descend(from: clamped(start), residuals)
            // The first of equals stays: a start that is preferred comes first.
            if found.cost < best.cost * (1 - 1e-6) || !best.cost.isFinite { best = found }
        }
        return best
    }

    private func descend(from start: [Double], _ residuals: ([Double]) -> [Double]) -> (point: [Double], cost: Double) {
        var point = start
        var errors = residuals(point)
        var cost = Self.square(errors)
        guard cost.isFinite else { return (point, .infinity) }
        var damping = 1e-2
        for _ in 0..<60 {
            let slopes = jacobian(at: point, errors, residuals)
            let gradient = slopes.map { column in zip(column, errors).reduce(0) { $0 + $1.0 * $1.1 } }
            let free = point.indices.filter { index in
                let bound = bounds[index]
                return slopes[index].contains { $0 != 0 } && !(point[index] <= bound.lowerBound && gradient[index] > 0)
                    && !(point[index] >= bound.upperBound && gradient[index] < 0)
            }
            guard !free.isEmpty else { break }
            let normal = free.map { a in free.map { b in zip(slopes[a], slopes[b]).reduce(0) { $0 + $1.0 * $1.1 } } }
            var hasImproved = false
            let before = cost
            for _ in 0..<12 {
                var damped = normal
                for index in damped.indices { damped[index][index] *= 1 + damping }
                if let inverse = LinearSystem.inverse(damped) {
                    let step = LinearSystem.product(inverse, free.map { -gradient[$0] })
                    var next = point
                    for (index, variable) in free.enumerated() { next[variable] += step[index] }
                    next = clamped(next)
                    let tried = residuals(next)
                    let square = Self.square(tried)
                    if square < cost {
                        (point, errors, cost) = (next, tried, square)
                        damping = max(damping / 5, 1e-9)
                        hasImproved = true
                        break
                    }
                }
                damping *= 4
            }
            guard hasImproved, before - cost > 1e-10 * before else { break }
        }
        return (point, cost)
    }

    /// A column a variable, by differences that stay within the bounds.
    private func jacobian(at point: [Double], _ errors: [Double], _ residuals: ([Double]) -> [Double]) -> [[Double]] {
        point.indices.map { index in
            var step = 1e-6 * max(abs(point[index]), 1e-2)
            if point[index] + step > bounds[index].upperBound { step = -step }
            var moved = point
            moved[index] += step
            return zip(residuals(moved), errors).map { ($0 - $1) / step }
        }
    }

    private func clamped(_ point: [Double]) -> [Double] {
        zip(point, bounds).map { value, bound in value.isNaN ? bound.lowerBound : min(max(value, bound.lowerBound), bound.upperBound) }
    }

    private static func square(_ values: [Double]) -> Double {
        let sum = values.reduce(0) { $0 + $1 * $1 }
        return sum.isFinite ? sum : .infinity
    }
}
