#if DEBUG
    import Glibc
    import Synchronization
#endif

/// The named steps of the engine's work at which a test may end or stop the process.
///
/// In the manner of PostgreSQL's injection points: the engine says which step it has reached, and that means nothing, and costs nothing,
/// in a release build. In a debug build the environment variable `DAYHAUL_CRASH_POINT` arms one of them.
public enum CrashPoint: String, CaseIterable, Sendable {
    /// The control schema has its newest version, and the transaction that gave it is not committed.
    case schemaMigrated = "schema.migrated"
    /// A request is this worker's, and not planned.
    case requestClaimed = "request.claimed"
    /// A request's days are noted, none is read.
    case requestPlanned = "request.planned"
    /// A slice of a request is carried out, and the request says nothing of it yet but which days are published.
    case requestFinished = "request.finished"
    /// The run has its row in `_wh.runs`.
    case runRegistered = "run.registered"
    /// A spill file that a dead run left is this run's own.
    case leftoverAdopted = "leftover.adopted"
    /// A session on a replica is open.
    case sourceConnected = "source.connected"
    /// The snapshot is taken, no row is read.
    case snapshotTaken = "snapshot.taken"
    /// Some rows are read.
    case sourceReading = "source.reading"
    /// All rows of a slice are read and the snapshot is released; the spill files have no footers.
    case sourceRead = "source.read"
    /// A day's spill file is durable, the slice's other days' are not.
    case daySpilled = "day.spilled"
    /// All spill files of a slice are durable; no loader knows of them.
    case sliceSpilled = "slice.spilled"
    /// A loader has a day.
    case dayTaken = "day.taken"
    /// Schema, parent and tenant view are there.
    case targetReady = "target.ready"
    /// The publishing transaction has the day's lock.
    case dayLocked = "day.locked"
    /// A new day's table is made, and empty.
    case tableMade = "table.made"
    /// A new day's rows are in its table.
    case tableFilled = "table.filled"
    /// A new day's indexes are there, and it is analysed.
    case tableIndexed = "table.indexed"
    /// A new day is attached to its parent.
    case tableAttached = "table.attached"
    /// A changed day's new rows are staged.
    case mergeStaged = "merge.staged"
    /// The rows that went from a changed day are deleted.
    case mergeDeleted = "merge.deleted"
    /// The rows that came to a changed day are inserted.
    case mergeInserted = "merge.inserted"
    /// The ledger row is written.
    case dayRecorded = "day.recorded"
    /// The digests of the day's buckets are written.
    case bucketsRecorded = "buckets.recorded"
    /// Nothing of the publishing transaction is left to do but its COMMIT.
    case dayCommitting = "day.committing"
    /// The day is published.
    case dayCommitted = "day.committed"
    /// The run's log says so.
    case dayNoted = "day.noted"
    /// The day's spill file is gone.
    case spillRemoved = "spill.removed"
    /// A public view is replaced, and its transaction not committed.
    case viewReplaced = "view.replaced"
    /// The run's row says how it ended.
    case runFinished = "run.finished"
    /// A tenant that is dropped is in no view any more; its tables are there.
    case removalBegun = "removal.begun"
    /// Some of its tables are gone.
    case removalBatch = "removal.batch"
    /// Some of the days that are dropped are gone.
    case daysDropped = "days.dropped"

    /// The variable that arms a point; nil in a release build, where none can be.
    public static var variable: String? {
        #if DEBUG
            "DAYHAUL_CRASH_POINT"
        #else
            nil
        #endif
    }

    /// Tells that the step is reached.
    @inline(__always)
    public func reach() {
        #if DEBUG
            if let armed = ArmedPoint.ofThisProcess, armed.point == self { armed.act() }
        #endif
    }
}

#if DEBUG
    /// `DAYHAUL_CRASH_POINT=source.reading`, or `source.reading:stop`.
    struct ArmedPoint: Equatable, Sendable {
        /// SIGKILL: nothing is unwound, no file is closed in order, no server is told.
        static let kill = SIGKILL
        /// SIGSTOP: the process stands where it is until the test sends SIGCONT.
        static let stop = SIGSTOP

        let point: CrashPoint
        let signal: Int32

        static let ofThisProcess = CrashPoint.variable.flatMap { getenv($0) }.flatMap { ArmedPoint(String(cString: $0)) }

        /// Nil for a text that names no point.
        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }) else { return nil }
            switch parts.dropFirst().first {
            case nil, "kill": signal = Self.kill
            case "stop": signal = Self.stop
            default: return nil
            }
            self.point = point
        }

        /// Stops once: a process that was let go on goes on, however often it comes by again.
        func act() {
            guard signal != Self.stop || !Self.hasStopped.exchange(true, ordering: .relaxed) else { return }
            raise(signal)
        }

        private static let hasStopped = Atomic(false)
    }
#endif
