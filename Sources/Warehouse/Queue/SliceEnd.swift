public import PostgresBinary

/// How the work on a slice of a request ended. Days that were published are noted already, by the transactions that published them.
public struct SliceEnd: Sendable {
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
    /// The worker was told to stop: the attempt does not count.
    public var wasInterrupted = false
    /// Somebody asked for the request's end.
    public var wasCancelled = false
    /// Nothing of the request can be done.
    public var isFinal = false

    /// The end of a slice without a failure.
    public init() {}
}
