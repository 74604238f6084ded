/// How often and how soon something transient is tried again.
struct RetryPolicy: Sendable {
    /// Tries altogether.
    let attempts: Int
    /// The first pause is up to this long, each next one up to twice as long.
    var base: Duration = .milliseconds(250)
    /// No pause is longer.
    var limit: Duration = .seconds(15)

    /// Full jitter: any pause between nothing and the attempt's bound, so that tenants do not come back all at once
    /// (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
    func pause(after attempt: Int) -> Duration {
        let bound = min(base * (1 << min(attempt - 1, 16)), limit)
        return bound * Double.random(in: 0...1)
    }

    /// Runs `body` until it succeeds, fails for good, or has failed so often. Throws the last `Failure`, or `CancellationError`.
    func run<Result>(
        on side: Failure.Side, retrying: (Failure, Int) -> Void = { _, _ in }, _ body: () async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let failure = Failure(error, on: side)
                guard failure.isTransient, attempt < attempts else { throw failure }
                retrying(failure, attempt)
                try await Task.sleep(for: pause(after: attempt))
                attempt += 1
            }
        }
    }
}
