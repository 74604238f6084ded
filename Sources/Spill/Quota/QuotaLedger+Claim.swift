extension QuotaLedger {
    /// What a process knows of its claim and of the others'.
    ///
    /// It claims a step more than it needs, so that most requests ask nobody, and gives back what it does not use. While other
    /// processes wait, it takes no more than an equal share, unless all that it holds is held by waiters: then it must go on.
    struct Claims: Equatable {
        /// The step: a 16th of the limit, at most 16 MiB.
        let step: Int
        /// After how many moments in vain a waiter gives way.
        let patience: Int
        /// What this process may hold.
        private(set) var bytes = 0
        /// What the others hold, when it was looked at last.
        private(set) var others = OtherClaims()
        /// Whether the others see this process wait.
        private var isWaiting = false
        /// Whether the others must be looked at before anything is concluded from what they held.
        var isOutOfDate = true
        /// Moments that passed since anything was granted, or the others held less than ever since then.
        var ticks = 0
        private var leastOfOthers = Int.max

        init(limit: Int, patience: Int) {
            step = max(1, min(16 << 20, limit / 16))
            self.patience = max(1, patience)
        }

        /// Whether the waiting of streams for one another has lasted long enough; at once when nobody else holds anything.
        var isPatienceOver: Bool { ticks >= patience || (others.bytes == 0 && !isOutOfDate) }

        /// The same for a stream that holds nothing.
        var isLongPatienceOver: Bool { ticks / 20 >= patience }

        /// Whether holding `needed` bytes would be more than an equal share while others wait.
        func yields(_ needed: Int, limit: Int) -> Bool {
            others.waiting > 0 && needed > limit / (others.waiting + 1)
        }

        /// Something was granted, given back or about to be: patience begins anew.
        mutating func progressed() {
            ticks = 0
            leastOfOthers = .max
        }

        /// Takes note of the answer to a change.
        mutating func take(_ answer: ClaimAnswer) {
            if answer.others.bytes < leastOfOthers {
                leastOfOthers = answer.others.bytes
                ticks = 0
            }
            bytes = answer.claim
            isWaiting = answer.isWaiting
            others = answer.others
            isOutOfDate = false
        }

        /// The change to ask for, if any, given that `used` bytes are held and the first waiter needs `needed` in all, or nobody waits.
        func change(used: Int, needed: Int?, yields: Bool, limit: Int) -> ClaimChange? {
            guard let needed else {
                let isTooMuch = used == 0 ? bytes > 0 : bytes - used > 2 * step
                guard used > bytes || isTooMuch || isWaiting else { return nil }
                return ClaimChange(held: used, needed: used, wanted: used == 0 ? 0 : used + step, isWaiting: false)
            }
            let mayFit = !yields && needed <= limit - others.bytes
            // What is left of the claim is of no use to the waiter, and may be to others.
            guard isOutOfDate || mayFit || used > bytes || bytes - used >= step else { return nil }
            return ClaimChange(held: used, needed: yields ? nil : needed, wanted: min(limit, needed + step), isWaiting: true)
        }
    }
}
