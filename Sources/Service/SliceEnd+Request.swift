import Ingest
import PostgresBinary
import Warehouse

/// What becomes of a request after a slice, from how the slice went.
extension SliceEnd {
    /// Nothing of the slice could be begun.
    init(_ failure: Failure, of request: QueuedRequest) {
        self.init()
        note(failure)
        if failure.isTransient, request.mayTryAgain { pause = Self.pause(after: request.attempt) } else { kind = .givenUp }
    }

    /// Days that failed for a reason that passes remain, as long as they may be tried again.
    init(_ result: RunResult?, of request: QueuedRequest) {
        self.init()
        guard let result else { return }
        var mayPass = false
        for day in result.days {
            guard day.outcome == .failed, let failure = day.error, let date = CalendarDate(day.day) else { continue }
            if message == nil { note(failure) }
            if failure.isTransient, request.mayTryAgain { mayPass = true } else { failedDays.append(date) }
        }
        for failure in result.others {
            if message == nil { note(failure) }
            if failure.isTransient, request.mayTryAgain { mayPass = true }
        }
        if mayPass { pause = Self.pause(after: request.attempt) }
    }

    private mutating func note(_ failure: Failure) {
        sqlstate = failure.sqlstate
        message = failure.message
        hint = failure.hint
    }

    /// Full jitter between nothing and a bound that doubles: 10 s, 20 s, …, 5 min (M. Brooker, "Exponential Backoff and Jitter", AWS
    /// Architecture Blog, 2015).
    private static func pause(after attempt: Int) -> Duration {
        min(.seconds(10) * (1 << min(max(attempt - 1, 0), 8)), .seconds(300)) * Double.random(in: 0...1)
    }
}
