public import PostgresBinary
import Reports
import Warehouse
import SQLText

extension Plan {
    /// Days that lie within what was asked for, and are not read.
    public struct LeftOut: Sendable, Equatable, CustomStringConvertible {
        /// Whose days.
        public let tenant: String
        /// Of which report.
        public let report: String
        /// From the first to the last, both included.
        public let days: ClosedRange<CalendarDate>
        /// Why they are not read.
        public let reason: Reason

        /// Why days are not read.
        public enum Reason: Sendable, Equatable {
            /// `dayhaul day drop` removed them for good.
            case dropped
            /// The time zone left them out when it crossed the date line.
            case skipped(timeZone: String)
        }

        /// For people, with the command that brings dropped days back.
        public var description: String {
            let (first, last) = (days.lowerBound, days.upperBound)
            let span = first == last ? "\(first)" : "\(first) … \(last)"
            switch reason {
            case .dropped:
                let command = "dayhaul day restore \(Shell.word(tenant)) \(Shell.word(report)) --from \(first) --to \(last)"
                return "\(tenant) \(report) \(span): dropped, and not read; to bring the days back: \(command)"
            case .skipped(let timeZone):
                return "\(tenant) \(report) \(span): not read, because \(timeZone) has no such day"
            }
        }

        static func all(_ found: TargetDays, tenant: String, _ report: ReportDefinition) -> [LeftOut] {
            found.dropped.map { LeftOut(tenant: tenant, report: report.name, days: $0, reason: .dropped) }
                + found.skipped.map {
                    LeftOut(tenant: tenant, report: report.name, days: $0, reason: .skipped(timeZone: report.timeZone))
                }
        }
    }
}
