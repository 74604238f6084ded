public import PostgresBinary

/// How the work on a slice of a request ended. Days that were published are noted already, by the transactions that published them.
public struct SliceEnd: Sendable {
    /// What kind of end it was.
    public enum Kind: String, Sendable {
        /// All that could be done of it is done.
        case finished
        /// The worker was told to stop: the attempt does not count.
        case interrupted
        /// Somebody asked for the request's end.
        case cancelled
        /// Nothing of the request can be done.
        case givenUp = "given up"
    }

    /// What kind of end it was.
    public var kind: Kind
    /// Days that failed for good.
    public var failedDays: [CalendarDate] = []
    /// What a server called the failure.
    public var sqlstate: String?
    /// Why days failed, or will be tried again; one line.
    public var message: String?
    /// What to do about it.
    public var hint: String?
    /// After which the rest is tried again; nil when nothing transient stands in the way.
    public var pause: Duration?

    /// An end without a failure.
    public init(_ kind: Kind = .finished) { self.kind = kind }
}
