/// What happens during a benchmark, as it happens.
public enum BenchEvent: Sendable, Equatable {
    /// Something should be known of what follows.
    case warning(String)
    /// So many cells are measured in each round, of so many rounds at most.
    case designed(cells: Int, rounds: Int)
    /// A load is run once before it is measured: `number` of `count`.
    case warmingUp(String, number: Int, of: Int)
    /// A cell is measured, which takes about `seconds` where that is known; `number` of `count` in all rounds.
    case measuring(String, number: Int, of: Int, seconds: Double?)
    /// A cell was measured: its rows, and the seconds that they took.
    case measured(String, rows: Int, seconds: Double)
    /// The budget does not allow for another; so many rounds are whole.
    case outOfTime(rounds: Int)
}
