/// Student's t distribution.
enum StudentT {
    /// The 97.5 % quantile: half the width of a two-sided 95 % interval, in standard errors. For degrees of freedom below 1 there is none.
    static func quantile(degreesOfFreedom: Int) -> Double? {
        guard degreesOfFreedom >= 1 else { return nil }
        return degreesOfFreedom <= table.count ? table[degreesOfFreedom - 1] : 1.96 + 2.4 / Double(degreesOfFreedom)
    }

    // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    private static let table = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
        2.093,
        2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]
}
