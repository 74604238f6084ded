import ArgumentParser

/// A share as people write it: 3% or 3.
struct Percentage: ExpressibleByArgument {
    /// 0.03 is 3 %.
    let share: Double

    init(share: Double) { self.share = share }

    init?(argument: String) {
        guard let number = Double(argument.hasSuffix("%") ? argument.dropLast() : argument[...]), number.isFinite, number >= 0 else {
            return nil
        }
        share = number / 100
    }

    var defaultValueDescription: String { "\((share * 1000).rounded() / 10)%" }
}
