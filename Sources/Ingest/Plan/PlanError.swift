/// A request that no plan can be made for.
public struct PlanError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Sendable {
        /// Days that do not make a range, or that have not begun.
        case invalidRange
        /// A day that looks mistyped, and was not confirmed.
        case implausibleDay
        /// A report that was asked for cannot be used as it is written.
        case unusableReport
        /// What the warehouse has of a report and tenant cannot be read.
        case unreadableTarget
        /// A tenant's days are on their way to another schema.
        case tenantBeingMoved
    }

    /// What is wrong.
    public let code: Code
    /// Lower case, no full stop.
    public let message: String
    /// What to do next.
    public let hint: String?

    /// `message; hint: …`
    public var description: String { message + (hint.map { "; hint: \($0)" } ?? "") }
}
