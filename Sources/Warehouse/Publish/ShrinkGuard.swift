/// Holds a day that loses more of its rows than its report allows: sources lose rows by accident more often than on purpose.
struct ShrinkGuard {
    /// The share of a day's rows that it may lose; 1 lets everything through.
    let allowedShare: Double

    /// Throws `shrunk`. A day that had no rows loses none.
    func check(from before: Int, to after: Int) throws {
        guard before > 0, Double(before - after) > allowedShare * Double(before) else { return }
        throw WarehouseError(
            .shrunk, "the day shrank from \(counted(before, "row")) to \(after.grouped): held, the old rows stay",
            hint: "if the source is right, load the day with --accept-shrink")
    }
}
