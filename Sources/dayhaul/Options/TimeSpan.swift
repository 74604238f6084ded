import ArgumentParser

/// A length of time as people write it: 2700s, 90m, 1h, 1.5h.
struct TimeSpan: ExpressibleByArgument {
    let seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let units: [(String, Double)] = [("min", 60), ("s", 1), ("m", 60), ("h", 3600)]
        guard let unit = units.first(where: { argument.hasSuffix($0.0) }), let number = Double(argument.dropLast(unit.0.count)),
            number.isFinite, number > 0
        else { return nil }
        seconds = number * unit.1
    }

    var defaultValueDescription: String { seconds == 3600 ? "1h" : seconds == 600 ? "10m" : "\(seconds)s" }
}
