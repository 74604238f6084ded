import Bench
import Synchronization

/// Shows how far a benchmark is: a line a repetition, and on a terminal one for what is under way.
final class BenchDisplay: Sendable {
    private let start = ContinuousClock.now
    private let budget: Duration
    private let isQuiet: Bool
    private let place = Mutex("")

    init(budget: Duration, isQuiet: Bool) {
        self.budget = budget
        self.isQuiet = isQuiet
    }

    func note(_ event: BenchEvent) {
        if case .warning(let text) = event { return StandardError.write("warning: \(text)\n") }
        guard !isQuiet else { return }
        switch event {
        case .warning: break
        case .designed(let cells, let rounds):
            StandardError.write(
                "\(Quantity.of(cells, "measurement")) in each of \(Quantity.of(rounds, "round")), within \(time(of: budget))\n")
        case .warmingUp(let load, let number, let count):
            show("warming up, \(number) of \(count): \(load)")
        case .measuring(let cell, let number, let count, let seconds):
            place.withLock { $0 = "\(number)/\(count)" }
            show("\(number)/\(count)  \(cell)" + (seconds.map { ", about \(Quantity.seconds($0))" } ?? ""))
        case .measured(let cell, let rows, let seconds):
            let rate = Quantity.count(Int(Double(rows) / max(seconds, 1e-9)))
            let number = place.withLock { $0 }
            StandardError.write(
                "\(number)  \(cell): \(Quantity.count(rows)) rows in \(Quantity.seconds(seconds)), \(rate) rows/s  [\(time(of: .now - start))]\n"
            )
        case .outOfTime(let rounds):
            StandardError.write("the budget is used: \(Quantity.of(rounds, "round")) whole\n")
        }
    }

    /// Leaves nothing half drawn.
    func finish() { if StandardError.canDraw, !isQuiet { StandardError.draw([]) } }

    /// On a terminal only: elsewhere the line that follows says it.
    private func show(_ line: String) {
        guard StandardError.canDraw else { return }
        let columns = StandardError.size?.columns ?? 80
        StandardError.draw([String("\(line)  [\(time(of: .now - start)) of \(time(of: budget))]".prefix(columns - 1))])
    }

    private func time(of duration: Duration) -> String { Quantity.seconds(duration / .seconds(1)) }
}
