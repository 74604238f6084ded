import Ingest
import Service
import Synchronization

/// Shows how far a rebuild is: a line a slice, or on a terminal one that is drawn again and again, with the time left.
final class RebuildDisplay: Sendable {
    /// What was done so far.
    struct Sums: Sendable {
        var days = 0
        var failedDays = 0
        var rows = 0
        /// Days whose rows are not those that the ledger knew.
        var otherRows = 0
        var seconds: Double = 0
    }

    private let days: Int
    private let start = ContinuousClock.now
    private let worker: WorkerDisplay
    private let level: LogLevel
    private let state = Mutex(Sums())
    private let said = Mutex(ContinuousClock.now)

    /// A display for the rebuild of so many days.
    init(days: Int, level: LogLevel) {
        self.days = days
        self.level = level
        // What goes wrong is said as a worker says it.
        worker = WorkerDisplay(level: min(level, .warning))
    }

    var sums: Sums {
        state.withLock { sums in
            var sums = sums
            sums.seconds = (ContinuousClock.now - start) / .seconds(1)
            return sums
        }
    }

    func note(_ event: WorkerEvent) {
        worker.note(event)
        guard case .progress(_, .day(let day)) = event else { return }
        let sums = state.withLock { sums in
            sums.days += day.outcome == .failed ? 0 : 1
            sums.failedDays += day.outcome == .failed ? 1 : 0
            sums.rows += day.rows ?? 0
            sums.otherRows += day.isAsKnown == false ? 1 : 0
            return sums
        }
        if day.isAsKnown == false {
            StandardError.write("\(day.tenant) \(day.report) \(day.day): \((day.notes ?? []).joined(separator: "; "))\n")
        }
        show(sums)
    }

    private func show(_ sums: Sums) {
        guard level >= .info else { return }
        let finished = sums.days + sums.failedDays
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let left = elapsed / Double(max(finished, 1)) * Double(max(days - finished, 0))
        let line =
            "\(Quantity.count(finished)) of \(Quantity.of(days, "day")), \(Quantity.count(sums.rows)) rows, \(Quantity.seconds(left)) left"
        if StandardError.canDraw { return StandardError.draw([line]) }
        let isDue = said.withLock { said in
            guard ContinuousClock.now - said > .seconds(10) else { return false }
            said = .now
            return true
        }
        if isDue { StandardError.write(line + "\n") }
    }
}
