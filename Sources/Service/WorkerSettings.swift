/// How a worker works.
public struct WorkerSettings: Sendable, Equatable {
    /// Requests carried out at the same time.
    public var concurrency = 2
    /// For how long a request is a worker's without a word from it; renewed each third of it.
    public var lease: Duration = .seconds(60)
    /// How often the queue is looked at when nobody says that there is something in it.
    public var poll: Duration = .seconds(5)
    /// For how long work under way may go on after the worker was told to stop; what is not finished then is handed back.
    public var grace: Duration = .seconds(30)
    /// End when there is nothing to be done, instead of waiting.
    public var drains = false

    /// The defaults: two at once, 60 s, 5 s, 30 s.
    public init() {}
}
