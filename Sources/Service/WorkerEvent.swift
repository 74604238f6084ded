public import Ingest
public import Warehouse

/// What happens in a worker, as it happens.
public enum WorkerEvent: Sendable {
    /// It has begun to look for requests, under this name.
    case started(worker: String)
    /// A slice of a request is being carried out.
    case claimed(QueuedRequest)
    /// Of one under way.
    case progress(QueuedRequest, Progress)
    /// A slice is over. `state` is what the request's is then: running when more of it remains.
    case finished(QueuedRequest, RunResult?, state: String)
    /// A request could not be worked on and will be tried again, or is given up: `state` says which.
    case failed(QueuedRequest, Failure, state: String)
    /// Another worker has taken it over.
    case leaseLost(QueuedRequest)
    /// The warehouse does not answer; it is tried again.
    case unreachable(Failure)
    /// Sessions were ended that published for workers which stand still.
    case fenced(sessions: Int)
    /// Notifications do not arrive, as behind a transaction pooler: requests are found by polling.
    case polling(every: Duration)
    /// It was told to stop: so many requests are under way.
    case stopping(underWay: Int)
}
