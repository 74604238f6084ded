/// Who holds how many bytes and who waits for more, as a pure state machine: past events in, actions out.
///
/// Bytes are held by a share while they belong to its unfinished files, or are reserved for them. The bytes of finished files are
/// held by nobody: loading and removing them gives them back. Hence the rule that keeps waiting from lasting for ever: when
/// everything held is held by shares that wait themselves, the last of them gives way; at once when this process is alone, and once
/// its patience ends when other processes share the quota and may give something back.
///
/// A process that shares the quota claims a part of it, in steps, and grants from that part (`QuotaLedger+Claim.swift`).
struct QuotaLedger {
    typealias ShareID = UInt64
    typealias WaiterID = UInt64

    /// Why a request is not granted.
    enum Refusal: Equatable {
        /// The share alone would need this many bytes, more than the limit.
        case exceedsAlone(needed: Int)
        /// The shares wait for one another.
        case contended
        /// The task was cancelled.
        case cancelled
        /// Nothing can be claimed, for this reason.
        case unclaimable(SpillError)
    }

    enum Action: Equatable {
        case grant(WaiterID)
        case refuse(WaiterID, Refusal)
        /// To be answered with ``claimed(_:)``, ``claimDelayed()`` or ``claimFailed(_:)`` before any other event.
        case claim(ClaimChange)
    }

    private struct Holding {
        /// For content not yet written.
        var reserved = 0
        /// On disk, in unfinished files.
        var unfinished = 0

        var total: Int { reserved + unfinished }
    }

    private struct Waiter {
        let id: WaiterID
        let share: ShareID
        let bytes: Int
    }

    let limit: Int
    /// Bytes held, by whomever.
    private(set) var used = 0
    /// What is known of the claims; nil when this process alone has the quota.
    private(set) var claims: Claims?
    private var holdings: [ShareID: Holding] = [:]
    private var waiters: [Waiter] = []
    private var lastShare: ShareID = 0

    init(limit: Int) {
        self.limit = min(max(0, limit), OtherClaims.most)
    }

    /// How many requests wait.
    var waiting: Int { waiters.count }

    /// Other processes share the quota from now on: nothing is granted that is not claimed.
    ///
    /// - Parameter patience: after how many moments in vain a waiter gives way to other processes.
    mutating func shared(patience: Int) -> [Action] {
        claims = Claims(limit: limit, patience: patience)
        return settle()
    }

    /// A stream begins.
    mutating func shareOpened() -> ShareID {
        lastShare += 1
        holdings[lastShare] = Holding()
        return lastShare
    }

    /// A stream asks for room. Requests are granted in the order they came.
    mutating func requested(_ bytes: Int, by share: ShareID, as waiter: WaiterID) -> [Action] {
        let bytes = max(0, bytes)
        let (needed, overflow) = (holdings[share]?.total ?? 0).addingReportingOverflow(bytes)
        if overflow || needed > limit { return [.refuse(waiter, .exceedsAlone(needed: overflow ? .max : needed))] }
        if waiters.isEmpty {
            claims?.isOutOfDate = true
            claims?.progressed()
        }
        waiters.append(Waiter(id: waiter, share: share, bytes: bytes))
        return settle()
    }

    /// Some of a share's content became bytes on disk.
    mutating func written(content: Int, disk: Int, by share: ShareID) -> [Action] {
        let drawn = min(content, holdings[share]?.reserved ?? 0)
        holdings[share]?.reserved -= drawn
        holdings[share]?.unfinished += disk
        used += disk - drawn
        return settle()
    }

    /// A file is finished: its bytes are held by nobody from now on.
    mutating func finished(_ bytes: Int, by share: ShareID) -> [Action] {
        holdings[share]?.unfinished -= bytes
        return settle()
    }

    /// An unfinished file is gone.
    mutating func discarded(_ bytes: Int, by share: ShareID) -> [Action] {
        holdings[share]?.unfinished -= bytes
        return released(bytes)
    }

    /// Finished files of a run that died became this process's own.
    mutating func adopted(_ bytes: Int) -> [Action] {
        // A sparse file may claim any size.
        used = min(OtherClaims.most, used + min(OtherClaims.most, max(0, bytes)))
        return settle()
    }

    /// Finished files are gone.
    mutating func released(_ bytes: Int) -> [Action] {
        used = max(0, used - bytes)
        return settle()
    }

    /// A waiting task was cancelled.
    mutating func cancelled(_ waiter: WaiterID) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return [] }
        waiters.remove(at: index)
        return [.refuse(waiter, .cancelled)] + settle()
    }

    /// A stream ended: what it reserved and did not write is free.
    mutating func shareClosed(_ share: ShareID) -> [Action] {
        let refusals = waiters.filter { $0.share == share }.map { Action.refuse($0.id, .cancelled) }
        waiters.removeAll { $0.share == share }
        return refusals + released(holdings.removeValue(forKey: share)?.reserved ?? 0)
    }

    /// A moment of waiting has passed for this waiter; only the first one's moments count.
    mutating func ticked(_ waiter: WaiterID) -> [Action] {
        guard waiters.first?.id == waiter else { return [] }
        claims?.isOutOfDate = true
        claims?.ticks += 1
        return settle()
    }

    /// The claim was changed as it could be.
    mutating func claimed(_ answer: ClaimAnswer) -> [Action] {
        claims?.take(answer)
        return settle()
    }

    /// The claim is as it was: another process was just changing its own.
    mutating func claimDelayed() -> [Action] {
        claims?.isOutOfDate = true
        return settle(mayClaim: false)
    }

    /// The claim is as it was, and whoever waits for more of it first is told why.
    mutating func claimFailed(_ error: SpillError) -> [Action] {
        claims?.isOutOfDate = true
        guard !waiters.isEmpty else { return [] }
        return [.refuse(waiters.removeFirst().id, .unclaimable(error))] + settle(mayClaim: false)
    }

    /// Grants what fits, first come first served, and then makes the last give way if nothing can ever fit.
    private mutating func settle(mayClaim: Bool = true) -> [Action] {
        var actions: [Action] = []
        while true {
            let needed = waiters.first.map { used + $0.bytes }
            let yields = needed.map { claims?.yields($0, limit: limit) ?? false } ?? false
            if let first = waiters.first, let needed, !(yields && !isStuck), needed <= claims?.bytes ?? limit {
                waiters.removeFirst()
                holdings[first.share]?.reserved += first.bytes
                used += first.bytes
                claims?.progressed()
                actions.append(.grant(first.id))
            } else if mayClaim, let change = claims?.change(used: used, needed: needed, yields: yields && !isStuck, limit: limit) {
                actions.append(.claim(change))
                return actions
            } else if let index = indexOfStuck() {
                claims?.progressed()
                actions.append(.refuse(waiters.remove(at: index).id, .contended))
            } else {
                return actions
            }
        }
    }

    /// Whether everything held is held by waiters.
    private var isStuck: Bool {
        Set(waiters.map(\.share)).reduce(0) { $0 + (holdings[$1]?.total ?? 0) } == used
    }

    /// The waiter that gives way, if everything held is held by waiters: the last that holds something. One that holds nothing helps
    /// nobody by giving way; it does in the end, so that no other process's claim, right or wrong, keeps it for ever.
    private mutating func indexOfStuck() -> Int? {
        guard !waiters.isEmpty else { return nil }
        guard isStuck else {
            claims?.progressed()
            return nil
        }
        if let claims, !claims.isPatienceOver { return nil }
        if let last = waiters.lastIndex(where: { holdings[$0.share].map { $0.total > 0 } ?? false }) { return last }
        guard let claims, claims.isLongPatienceOver else { return nil }
        return waiters.indices.last
    }
}
