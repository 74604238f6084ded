/// Who holds how many bytes and who waits for more, as a pure state machine: past events in, actions out.
///
/// Bytes are held by a share while they belong to its unfinished files, or are reserved for them. The bytes of finished files are
/// held by nobody: loading and removing them gives them back. Hence the rule that keeps waiting from lasting for ever: when
/// everything held is held by shares that wait themselves, the last of them gives way.
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
    }

    enum Action: Equatable {
        case grant(WaiterID)
        case refuse(WaiterID, Refusal)
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
    private var holdings: [ShareID: Holding] = [:]
    private var waiters: [Waiter] = []
    private var lastShare: ShareID = 0

    init(limit: Int) {
        self.limit = max(0, limit)
    }

    /// How many requests wait.
    var waiting: Int { waiters.count }

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
        let (sum, overflow) = used.addingReportingOverflow(bytes)
        used = overflow ? .max / 2 : sum
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

    /// Grants what fits, first come first served, and then makes the last give way if nothing can ever fit.
    private mutating func settle() -> [Action] {
        var actions: [Action] = []
        while true {
            if let first = waiters.first, first.bytes <= limit - used {
                waiters.removeFirst()
                holdings[first.share]?.reserved += first.bytes
                used += first.bytes
                actions.append(.grant(first.id))
            } else if let index = indexOfStuck() {
                actions.append(.refuse(waiters.remove(at: index).id, .contended))
            } else {
                return actions
            }
        }
    }

    /// The last waiter that holds something, if everything held is held by waiters.
    private func indexOfStuck() -> Int? {
        guard !waiters.isEmpty else { return nil }
        let held = Set(waiters.map(\.share)).reduce(0) { $0 + (holdings[$1]?.total ?? 0) }
        return held == used ? waiters.lastIndex { holdings[$0.share].map { $0.total > 0 } ?? false } : nil
    }
}
