import Synchronization

/// The days of a slice that are not read yet.
final class DaysLeft: Sendable {
    private struct State {
        var days: [PlannedDay]
        var underWay: [PlannedDay] = []
    }

    private let state: Mutex<State>

    init(_ days: [PlannedDay]) { state = Mutex(State(days: days)) }

    var days: [PlannedDay] { state.withLock { $0.days } }
    /// Those whose facts are being read; all, while it is dimensions.
    private var underWay: [PlannedDay] { state.withLock { $0.underWay.isEmpty ? $0.days : $0.underWay } }

    func begin(_ days: [PlannedDay]) { state.withLock { $0.underWay = days } }

    func done(_ day: PlannedDay) {
        state.withLock { state in
            state.days.removeAll { $0.day == day.day }
            state.underWay.removeAll { $0.day == day.day }
        }
    }

    /// What a failure of the read means for the days that are left: those that failed for good, and slices to be read
    /// again.
    ///
    /// Where some rows are at fault, only the days that were being read are suspected, and each of them is tried by
    /// itself; the others can do without it.
    func after(_ failure: Failure, of slice: Plan.Slice) -> (failed: [PlannedDay], again: [Plan.Slice]) {
        let left = days
        guard failure.concernsRows else { return (left, []) }
        let suspects = underWay
        let others = Set(left.map(\.day)).subtracting(suspects.map(\.day))
        let rest = slice.pieces(others.contains)
        if suspects.count == 1 { return (suspects, rest) }
        return ([], suspects.flatMap { day in slice.pieces { $0 == day.day } } + rest)
    }
}
