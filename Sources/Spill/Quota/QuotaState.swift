/// A quota's ledger, the claims it is backed by, and the tasks that wait; to be used under a lock.
struct QuotaState: Sendable {
    typealias Continuation = CheckedContinuation<Void, any Error>

    /// A request's end, to be told to its task outside the lock.
    struct Outcome {
        fileprivate let continuation: Continuation
        fileprivate let result: Result<Void, any Error>

        func resume() { continuation.resume(with: result) }
    }

    var ledger: QuotaLedger
    var continuations: [QuotaLedger.WaiterID: Continuation] = [:]
    private var table: ClaimTable?
    private var lastWaiter: QuotaLedger.WaiterID = 0
    /// Requests that ended before their task came to wait.
    private var results: [QuotaLedger.WaiterID: Result<Void, any Error>] = [:]

    init(ledger: QuotaLedger) {
        self.ledger = ledger
    }

    /// A request begins; it may have ended already, see ``takeResult(of:)``.
    mutating func request(
        _ bytes: Int, by share: QuotaLedger.ShareID
    ) -> (waiter: QuotaLedger.WaiterID, isShared: Bool, outcomes: [Outcome]) {
        lastWaiter += 1
        return (lastWaiter, table != nil, carryOut(ledger.requested(bytes, by: share, as: lastWaiter)))
    }

    /// The request's end, if it came before its task waited for it.
    mutating func takeResult(of waiter: QuotaLedger.WaiterID) -> Result<Void, any Error>? {
        results.isEmpty ? nil : results.removeValue(forKey: waiter)
    }

    /// Backs the ledger with claims.
    mutating func share(_ table: ClaimTable, patience: Int) throws(SpillError) -> [Outcome] {
        guard self.table == nil else {
            throw SpillError(
                code: .directoryUnusable, message: "the spill quota is another directory's already",
                hint: "make a quota for each spill directory")
        }
        self.table = table
        return carryOut(ledger.shared(patience: patience))
    }

    /// Runs `body` with the directory's lock; what it made this process's own is counted before anybody else looks.
    mutating func exclusively<Value: Sendable>(
        _ body: () throws(SpillError) -> (Value, bytes: Int)
    ) throws(SpillError) -> (Value, [Outcome]) {
        guard let table else {
            let (value, bytes) = try body()
            return (value, carryOut(ledger.adopted(bytes)))
        }
        return try table.exclusively { () throws(SpillError) in
            let (value, bytes) = try body()
            return (value, bytes > 0 ? carryOut(ledger.adopted(bytes)) : [])
        }
    }

    /// Does what the ledger says, and returns the waiting that ends by it.
    mutating func carryOut(_ actions: [QuotaLedger.Action]) -> [Outcome] {
        var outcomes: [Outcome] = []
        var actions = actions
        while !actions.isEmpty {
            var answers: [QuotaLedger.Action] = []
            for action in actions {
                switch action {
                case .grant(let waiter): end(waiter, .success(()), &outcomes)
                case .refuse(let waiter, let refusal): end(waiter, .failure(error(refusal)), &outcomes)
                case .claim(let change): answers += claim(change)
                }
            }
            actions = answers
        }
        return outcomes
    }

    private mutating func claim(_ change: ClaimChange) -> [QuotaLedger.Action] {
        do throws(SpillError) {
            guard let answer = try table?.change(change, limit: ledger.limit) else { return ledger.claimDelayed() }
            return ledger.claimed(answer)
        } catch {
            return ledger.claimFailed(error)
        }
    }

    private mutating func end(_ waiter: QuotaLedger.WaiterID, _ result: Result<Void, any Error>, _ outcomes: inout [Outcome]) {
        if let continuation = continuations.removeValue(forKey: waiter) {
            outcomes.append(Outcome(continuation: continuation, result: result))
        } else {
            results[waiter] = result
        }
    }

    private func error(_ refusal: QuotaLedger.Refusal) -> any Error {
        switch refusal {
        case .cancelled: CancellationError()
        case .unclaimable(let error): error
        case .exceedsAlone(let needed):
            SpillError(
                code: .quotaExceeded,
                message: "one slice alone needs \(needed) bytes of spill, more than the quota of \(ledger.limit) bytes",
                hint: "raise the spill quota, or make slices of fewer days")
        case .contended:
            SpillError(
                code: .quotaContended,
                message: "the spill quota of \(ledger.limit) bytes is held by unfinished slices that wait for one another",
                hint: "try again when they are done; raise the spill quota or lower the number of streams if it happens often")
        }
    }
}
