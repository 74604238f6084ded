import Synchronization

/// Counts what each stage of a run takes, for whoever asks for it.
///
/// A run is measured when it is carried out under ``current``: the tasks that it starts inherit the meter. Otherwise a stage costs it one look at
/// a task-local value a block.
///
///     let meter = StageMeter { watch.usage(of: $0) }
///     try await StageMeter.$current.withValue(meter) { try await engine.run(…) }
///
/// Two kinds of work are counted. What this process does without a wait in between, as compressing a block, is a ``Pass``: its CPU time is the
/// thread's. What a session on a server does, as building an index, is a span of that session: its seconds are those of the client's clock,
/// its CPU time is that of the server's process. A span within another of the same session is not counted in the outer one.
public final class StageMeter: Sendable {
    /// The meter of this task and of those that it starts; nil measures nothing.
    @TaskLocal public static var current: StageMeter?

    /// A session on a server.
    public struct Session: Sendable, Hashable {
        /// The kinds of servers.
        public enum Server: Sendable, Hashable {
            /// A tenant's.
            case source
            /// The one that is loaded into.
            case warehouse
        }

        /// Which server.
        public let server: Server
        /// The process that serves the session there.
        public let processID: Int32

        /// A session by its process.
        public init(_ server: Server, processID: Int32) {
            self.server = server
            self.processID = processID
        }
    }

    /// What a session's process has used.
    public struct Usage: Sendable, Equatable {
        /// User and system seconds.
        public var cpuSeconds: Double
        /// Bytes that read(2) gave it.
        public var bytesRead: Int

        /// Nothing, unless it is said.
        public init(cpuSeconds: Double = 0, bytesRead: Int = 0) {
            self.cpuSeconds = cpuSeconds
            self.bytesRead = bytesRead
        }
    }

    /// What was counted of a stage.
    public struct Count: Sendable, Equatable {
        /// Seconds of spans, summed over sessions; those of passes within them are part of it.
        public var spanSeconds = 0.0
        /// Seconds of passes, summed over threads.
        public var passSeconds = 0.0
        /// CPU seconds of this process, in passes.
        public var clientSeconds = 0.0
        /// Of the sessions' processes on the sources.
        public var source = Usage()
        /// Of the sessions' processes in the warehouse.
        public var warehouse = Usage()
        /// Bytes of WAL between the begin and the end of spans, other sessions' included.
        public var walBytes = 0
        /// Bytes that passed.
        public var bytes = 0

        /// Nothing yet.
        public init() {}

        /// Of the sessions' processes on a server.
        public subscript(server: Session.Server) -> Usage {
            get { server == .source ? source : warehouse }
            set { if server == .source { source = newValue } else { warehouse = newValue } }
        }
    }

    private struct Frame {
        let stage: Stage
        let start: ContinuousClock.Instant
        let usage: Usage?
        let wal: Int?
        /// Of spans within.
        var inner = Count()
    }

    private struct State {
        var counts: [Work: Count] = [:]
        var open: [Session: [Frame]] = [:]
    }

    /// Whether spans in the warehouse ask for the end of WAL, at one short query each way.
    public let countsWAL: Bool
    private let usage: @Sendable (Session) -> Usage?
    private let state = Mutex(State())

    /// A meter that has counted nothing. `usage` tells what a session's process has used so far; nil where it cannot be seen.
    public init(countsWAL: Bool = false, usage: @escaping @Sendable (Session) -> Usage? = { _ in nil }) {
        self.countsWAL = countsWAL
        self.usage = usage
    }

    /// What was counted so far of a kind of work.
    public func count(of work: Work) -> Count { state.withLock { $0.counts[work] ?? Count() } }

    /// The stages that sessions are in at the moment.
    public var stagesUnderWay: [Session: Stage] {
        state.withLock { state in state.open.compactMapValues { $0.last?.stage } }
    }

    /// Adds to what was counted, as from samples.
    public func add(_ count: Count, to work: Work) { state.withLock { $0.counts[work, default: Count()].add(count) } }

    /// Begins a span of a session; `wal` is where the warehouse's WAL ends. With `sinceStart`, what the process used before is the span's, too.
    public func begin(_ stage: Stage, in session: Session, wal: Int? = nil, sinceStart: Bool = false) {
        let frame = Frame(stage: stage, start: .now, usage: sinceStart ? Usage() : usage(session), wal: wal)
        state.withLock { $0.open[session, default: []].append(frame) }
    }

    /// Ends the last span of a session that was begun.
    public func end(in session: Session, wal: Int? = nil) {
        let (now, usage) = (ContinuousClock.now, usage(session))
        state.withLock { state in
            guard let frame = state.open[session]?.popLast() else { return }
            var whole = Count()
            whole.spanSeconds = (now - frame.start) / .seconds(1)
            // A process that is gone used what the spans within saw.
            whole[session.server] = usage.flatMap { usage in frame.usage.map { usage - $0 } } ?? frame.inner[session.server]
            if let start = frame.wal, let end = wal { whole.walBytes = end - start }
            var own = whole
            own.subtract(frame.inner)
            state.counts[Work(frame.stage), default: Count()].add(own)
            if let outer = state.open[session]?.indices.last {
                state.open[session]?[outer].inner.add(whole)
            } else {
                state.open[session] = nil
            }
        }
    }
}

extension StageMeter {
    /// A stage, or one direction of it.
    public struct Work: Sendable, Hashable {
        /// Which stage.
        public let stage: Stage
        /// Whether what was written before is read back.
        public let isReadingBack: Bool

        /// The work of a stage.
        public init(_ stage: Stage, isReadingBack: Bool = false) {
            self.stage = stage
            self.isReadingBack = isReadingBack
        }
    }

    /// Work of this process from its begin to its end on one thread, without a wait in between.
    public struct Pass {
        fileprivate let meter: StageMeter
        fileprivate let work: Work
        private let start = ContinuousClock.now
        private let cpu = ThreadClock.seconds

        fileprivate init(_ meter: StageMeter, _ work: Work) {
            self.meter = meter
            self.work = work
        }

        /// Ends it, on the thread on which it began, after so many bytes.
        public func end(bytes: Int = 0) {
            var count = Count()
            count.passSeconds = (ContinuousClock.now - start) / .seconds(1)
            count.clientSeconds = ThreadClock.seconds - cpu
            count.bytes = bytes
            meter.add(count, to: work)
        }
    }

    /// Begins a pass; nil where nobody measures.
    public static func pass(_ stage: Stage, readingBack: Bool = false) -> Pass? {
        current.map { Pass($0, Work(stage, isReadingBack: readingBack)) }
    }
}

extension StageMeter.Count {
    fileprivate mutating func add(_ other: Self) {
        spanSeconds += other.spanSeconds
        passSeconds += other.passSeconds
        clientSeconds += other.clientSeconds
        source = source + other.source
        warehouse = warehouse + other.warehouse
        walBytes += other.walBytes
        bytes += other.bytes
    }

    fileprivate mutating func subtract(_ inner: Self) {
        spanSeconds = max(0, spanSeconds - inner.spanSeconds)
        source = source - inner.source
        warehouse = warehouse - inner.warehouse
        walBytes = max(0, walBytes - inner.walBytes)
    }
}

extension StageMeter.Usage {
    fileprivate static func + (left: Self, right: Self) -> Self {
        Self(cpuSeconds: left.cpuSeconds + right.cpuSeconds, bytesRead: left.bytesRead + right.bytesRead)
    }

    /// Not below nothing: two looks at a process are not taken at one instant.
    fileprivate static func - (left: Self, right: Self) -> Self {
        Self(cpuSeconds: max(0, left.cpuSeconds - right.cpuSeconds), bytesRead: max(0, left.bytesRead - right.bytesRead))
    }
}
