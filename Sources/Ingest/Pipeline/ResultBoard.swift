import Synchronization

/// Collects what became of the days of a run, from all its tasks, and passes it on to whoever watches.
final class ResultBoard: Sendable {
    private struct State {
        var days: [DayResult] = []
        var bytes = 0
        var resumed = 0
    }

    private let state = Mutex(State())
    private let observer: @Sendable (Progress) -> Void

    init(_ observer: @escaping @Sendable (Progress) -> Void) { self.observer = observer }

    func note(_ progress: Progress) {
        state.withLock { state in
            switch progress {
            case .day(let result): state.days.append(result)
            case .read(_, _, let bytes): state.bytes += bytes
            case .resumed(let days): state.resumed += days
            case .retrying, .waiting: break
            }
        }
        observer(progress)
    }

    /// The days noted so far that failed.
    var failures: [DayResult] { state.withLock { $0.days.filter { $0.outcome == .failed } } }

    /// The reports of which a day is in the warehouse now.
    var publishedReports: [String] { state.withLock { Set($0.days.filter { $0.outcome != .failed }.map(\.report)).sorted() } }

    /// The result of a run of `planned` days that took `elapsed`.
    func result(run: Int64, planned: Int, others: [Failure], interrupted: Bool, elapsed: Duration) -> RunResult {
        let state = state.withLock { $0 }
        let days = state.days.sorted { ($0.tenant, $0.report, $0.day) < ($1.tenant, $1.report, $1.day) }
        var totals = RunResult.Totals()
        totals.days = planned
        totals.bytes = state.bytes
        totals.resumed = state.resumed
        totals.seconds = elapsed / .seconds(1)
        for day in days {
            totals.rows += day.rows ?? 0
            totals.inserted += day.inserted ?? 0
            totals.deleted += day.deleted ?? 0
            switch day.outcome {
            case .loaded: totals.loaded += 1
            case .merged: totals.merged += 1
            case .unchanged: totals.unchanged += 1
            case .skipped: totals.skipped += 1
            case .failed: totals.failed += 1
            }
        }
        let outcome: RunResult.Outcome =
            if interrupted { .interrupted } else if totals.failed == 0 && others.isEmpty { .done } else if totals.failed < planned {
                .partial
            } else { .failed }
        return RunResult(outcome: outcome, run: run, totals: totals, days: days, others: others)
    }
}
