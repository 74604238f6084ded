import Glibc

/// From amounts to coordinates, with round numbers to mark.
struct Scale {
    enum Kind { case linear, logarithmic }

    let domain: ClosedRange<Double>
    /// Where the domain's ends lie; the first may be the greater one.
    let range: (from: Double, to: Double)
    let kind: Kind
    /// What marks are round numbers of, as 60 for seconds that are shown as minutes.
    let unit: Double

    /// A domain without an extent is given one.
    init(_ low: Double, _ high: Double, to range: (from: Double, to: Double), _ kind: Kind = .linear, unit: Double = 1) {
        let least = kind == .logarithmic ? max(low.isFinite ? low : 1, 1e-6) : (low.isFinite ? low : 0)
        let most = min(high.isFinite ? high : 1, 1e15)
        domain = least...(most > least ? most : least + max(abs(least), 1))
        self.range = range
        self.kind = kind
        self.unit = unit
    }

    func callAsFunction(_ value: Double) -> Double {
        let share: Double
        switch kind {
        case .linear: share = (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
        case .logarithmic: share = log(max(value, 1e-9) / domain.lowerBound) / log(domain.upperBound / domain.lowerBound)
        }
        return range.from + min(max(share, -0.05), 1.05) * (range.to - range.from)
    }

    /// Three to six round numbers within the domain: 1, 2 and 5 times powers of ten (Heckbert, Nice Numbers for Graph Labels, 1990); of a
    /// logarithmic scale 1, 2 and 5 where it spans little and powers of ten where it spans much.
    var marks: [Double] {
        let (low, high) = (domain.lowerBound / unit, domain.upperBound / unit)
        switch kind {
        case .linear:
            let rough = (high - low) / 4
            let power = pow(10, floor(log10(rough)))
            let step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
            return (0...12).map { ((low / step).rounded(.up) + Double($0)) * step }.filter { $0 <= high * (1 + 1e-9) }.map { $0 * unit }
        case .logarithmic:
            let first = floor(log10(low))
            let factors: [Double] = log10(high / low) > 2 ? [1] : [1, 2, 5]
            return (0...20).flatMap { decade in factors.map { $0 * pow(10, first + Double(decade)) * unit } }
                .filter { domain.contains($0) }
        }
    }
}
