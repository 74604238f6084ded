/// One direction of a proxied connection: what has been read from one side and not yet written to the other, and when it may be.
///
/// It does no I/O and has no clock; the loop tells it what happened and when, and asks what to do.
struct Lane {
    typealias Instant = ContinuousClock.Instant

    enum Action: Equatable {
        /// Write these bytes, then call ``sent(_:at:under:)``.
        case send([UInt8])
        /// Ask again then; nil: nothing to do until something happens.
        case wait(until: Instant?)
        /// End both sides of the connection.
        case end(Faults.Ending)
        /// Everything has been written: tell the receiver that no more comes, once.
        case finish
    }

    /// The most that waits here; beyond it the sender feels the receiver's pace.
    static let capacity = 64 * 1024

    private var waiting: ArraySlice<UInt8> = []
    /// Where chunks of `waiting` end, counted like `forwarded`, and when each may leave.
    private var chunks: [(end: Int, due: Instant)] = []
    private var earliest: Instant?
    private var hasEnded = false
    private(set) var isFinished = false
    /// Bytes written to the receiver since the connection began.
    private(set) var forwarded = 0

    /// How many more bytes fit.
    func room(under faults: Faults) -> Int {
        hasEnded || faults.isStalled ? 0 : max(0, Self.capacity - waiting.count)
    }

    /// Bytes came from the sender.
    mutating func received(_ bytes: [UInt8], at now: Instant, under faults: Faults) {
        waiting += bytes
        chunks.append((end: forwarded + waiting.count, due: now + faults.latency))
    }

    /// The sender will send no more.
    mutating func ended() { hasEnded = true }

    /// The receiver was told that no more comes.
    mutating func finished() { isFinished = true }

    /// What to do now.
    func action(at now: Instant, under faults: Faults) -> Action {
        if faults.isStalled || isFinished { return .wait(until: nil) }
        if let cut = faults.cut, forwarded >= cut.after { return .end(cut.ending) }
        guard let chunk = chunks.first else { return hasEnded ? .finish : .wait(until: nil) }
        let due = max(chunk.due, earliest ?? chunk.due)
        if due > now { return .wait(until: due) }
        return .send(next(chunk.end - forwarded, under: faults))
    }

    /// The receiver took `count` of the bytes offered.
    mutating func sent(_ count: Int, at now: Instant, under faults: Faults) {
        waiting = waiting.dropFirst(count)
        forwarded += count
        chunks.removeAll { $0.end <= forwarded }
        earliest = faults.bytesPerSecond.map { now + .seconds(1) * (Double(count) / Double(max(1, $0))) }
    }

    private func next(_ available: Int, under faults: Faults) -> [UInt8] {
        var count = available
        if let slice = faults.slice { count = min(count, max(1, slice)) }
        // A fiftieth of a second's worth at once keeps the flow even.
        if let rate = faults.bytesPerSecond { count = min(count, max(1, rate / 50)) }
        if let cut = faults.cut { count = min(count, cut.after - forwarded) }
        var bytes = Array(waiting.prefix(count))
        if let flip = faults.flip, (forwarded..<forwarded + count).contains(flip.offset) {
            bytes[flip.offset - forwarded] ^= 1 << UInt8(truncatingIfNeeded: flip.bit & 7)
        }
        return bytes
    }
}
