import Ingest

/// Shows what a verification found, a line a day.
enum VerifyTable {
    static func text(_ states: [DayState]) -> String {
        var table = TextTable(
            ("tenant", .left), ("report", .left), ("day", .left), ("state", .left), ("source rows", .right), ("warehouse rows", .right),
            ("missing", .right), ("extra", .right), ("changed", .right), ("", .left))
        func text(_ count: Int?) -> String { count.map(Quantity.count) ?? "" }
        for state in states {
            table.add(
                state.tenant, state.report, state.day, state.state.rawValue, text(state.sourceRows), text(state.warehouseRows),
                text(state.missing), text(state.extra), text(state.changed),
                state.error?.description ?? state.note.map { (state.isEqual ? "equal; " : "") + $0 } ?? "")
        }
        return table.text + "\n" + summary(states)
    }

    private static func summary(_ states: [DayState]) -> String {
        func count(_ state: DayState.State) -> Int { states.filter { $0.state == state }.count }
        let others = [
            (count(.provisional), "provisional"), (count(.differs), "differ"), (count(.missing), "missing"), (count(.failed), "failed"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let same =
            "\(states.filter(\.isEqual).count) of \(Quantity.of(states.count, "day")) \(states.count == 1 ? "is" : "are") as in the source"
        return ([same] + others).joined(separator: ", ")
    }
}
