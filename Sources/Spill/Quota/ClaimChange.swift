/// What a process asks of the claims it shares a spill directory with.
struct ClaimChange: Equatable {
    /// Held already: the claim is never less, whatever the others claim.
    let held: Int
    /// The least that is of use; nil when the process only looks, or gives back what it does not use.
    let needed: Int?
    /// The most that is of use.
    let wanted: Int
    /// Whether the process waits if it does not get what it needs.
    let isWaiting: Bool

    /// What becomes of the request below `limit`: as much as is wanted, at least what is needed, otherwise what is held.
    func settled(_ others: OtherClaims, limit: Int) -> ClaimAnswer {
        let room = limit - others.bytes
        guard let needed, needed <= room else { return ClaimAnswer(claim: held, isWaiting: isWaiting, others: others) }
        return ClaimAnswer(claim: max(held, min(wanted, room)), isWaiting: false, others: others)
    }
}

/// What the other processes claim, and dead ones left.
struct OtherClaims: Equatable {
    /// 0...``most``.
    private(set) var bytes = 0
    /// How many of the processes wait for more.
    private(set) var waiting = 0

    /// More bytes than any disk has, and few enough that sums of a limit and them do not overflow.
    static let most = Int.max / 4

    /// Adds one process's claim, or bytes that nobody claims; below 0 or beyond belief, they count as none or as ``most``.
    mutating func add(_ more: Int, isWaiting: Bool) {
        bytes = min(Self.most, bytes + min(Self.most, max(0, more)))
        if isWaiting { waiting += 1 }
    }
}

/// What a process may hold from now on.
struct ClaimAnswer: Equatable {
    let claim: Int
    /// Whether the others see this process wait.
    let isWaiting: Bool
    let others: OtherClaims
}
