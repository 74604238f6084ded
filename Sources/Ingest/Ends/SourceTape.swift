import Synchronization

/// What sources have sent, in memory: recorded in one run, played in others of the same plan.
public final class SourceTape: Sendable {
    /// The most bytes that are kept. What comes beyond them is forgotten with all the rest: half a tape is of no use.
    public let limit: Int

    /// A COPY by whose and which it is.
    struct Key: Hashable, Sendable {
        let tenant: String
        let report: String
        let statement: String
    }

    /// What one COPY has sent.
    public struct Recording: Sendable {
        /// Fields of a row.
        public let fieldCount: Int
        /// The stream, cut between messages.
        public fileprivate(set) var blocks: [[UInt8]] = []
        /// Rows in it, as the server counted them.
        public fileprivate(set) var rows = 0
    }

    private struct State {
        var recordings: [Key: Recording] = [:]
        var bytes = 0
        var isOverflown = false
    }

    private let state = Mutex(State())

    /// An empty tape of at most `limit` bytes.
    public init(limit: Int) { self.limit = limit }

    /// Whether all that came is kept.
    public var isWhole: Bool { state.withLock { !$0.isOverflown && !$0.recordings.isEmpty } }

    /// All that was recorded, in no order.
    public var recordings: [Recording] { state.withLock { Array($0.recordings.values) } }

    /// Begins a COPY, anew where it was recorded before.
    func begin(_ key: Key, fieldCount: Int) {
        state.withLock { state in
            state.bytes -= state.recordings[key]?.blocks.reduce(0) { $0 + $1.count } ?? 0
            state.recordings[key] = Recording(fieldCount: fieldCount)
        }
    }

    func record(_ block: RawSpan, _ key: Key) {
        let block = block.withUnsafeBytes { Array($0) }
        state.withLock { state in
            state.bytes += block.count
            if state.bytes > limit {
                state.isOverflown = true
                state.recordings = [:]
            }
            if !state.isOverflown { state.recordings[key]?.blocks.append(block) }
        }
    }

    func finish(_ key: Key, rows: Int) { state.withLock { $0.recordings[key]?.rows = rows } }

    /// Throws `notOnTape` for a COPY that was not recorded.
    func recording(_ key: Key) throws(Failure) -> Recording {
        guard let recording = state.withLock({ $0.recordings[key] }) else {
            throw Failure(code: "notOnTape", message: "a read of \(key.tenant) was not recorded", hint: "its days have changed meanwhile")
        }
        return recording
    }
}
