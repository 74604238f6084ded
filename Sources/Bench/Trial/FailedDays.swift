import Ingest
import PostgresBinary
import Reports
import Warehouse

/// Days that a trial could not load. What it measured is of the others and counts for nothing.
struct FailedDays: Error {
    /// A day of a tenant's report.
    struct Day: Hashable, Sendable {
        let tenant: String
        let report: String
        /// ISO date.
        let day: String
    }

    let days: Set<Day>
    /// Of the first of them, for people.
    let failure: Failure
    /// `sales of tenant_a 2025-09-03`, and how many more.
    private let title: String

    /// Nil where all days of the run are loaded.
    init?(_ result: RunResult) {
        let failed = result.days.filter { $0.error != nil }
        guard let first = failed.first, let failure = first.error else { return nil }
        days = Set(failed.map { Day(tenant: $0.tenant, report: $0.report, day: $0.day) })
        self.failure = failure
        let more = failed.count - 1
        title = "\(first.report) of \(first.tenant) \(first.day)" + (more > 0 ? " and \(more) more" : "")
    }

    /// What is done about them, and why.
    func warning(_ consequence: String) -> String { "\(title) \(consequence): \(failure)" }

    /// Of a benchmark that has nothing left to measure.
    var error: BenchError {
        BenchError(.runFailed, "a run of the benchmark failed: \(title): \(failure.message)", hint: failure.hint)
    }
}

extension Plan {
    /// The same plan without some days.
    func without(_ days: Set<FailedDays.Day>) -> Plan {
        days.isEmpty
            ? self
            : keeping { part, day in
                !days.contains(FailedDays.Day(tenant: part.tenant.name, report: part.report.name, day: day.description))
            }
    }
}
