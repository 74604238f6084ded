import Postgres
import Warehouse

/// A run's own session in the warehouse: open for as long as the run, idle but for moments, and never in a transaction while it is.
///
/// Locks that it holds tell others that the run is alive, and which shares of the common limits are taken. When it is lost, it is opened
/// again; what was taken then ends as it would have, but the others may not know of it for that long.
///
/// Behind a pooler there is a second one for the locks, which keeps a session of the pool for as long as the run.
actor ControlSession {
    private let warehouse: Warehouse
    private let turn = Limiter(1)
    private var connection: Connection?
    /// Holds the locks; the same as `connection` where no pooler is in between.
    private var holder: Connection?
    private var run: Int64?
    private var held: [SharedLimit: Set<Int>] = [:]
    private var waiting: [SharedLimit: Int] = [:]

    init(_ warehouse: Warehouse) { self.warehouse = warehouse }

    /// Runs some short statements, one task's after the other's. They come to their end when the task is cancelled: the session is
    /// needed until the run's last word.
    func perform<Result: Sendable>(_ body: @escaping @Sendable (Connection) async throws -> Result) async throws -> Result {
        try await Task {
            try await turn.withPermit { try await body(try await opened()) }
        }.value
    }

    /// Takes or frees locks, as `perform` does statements.
    private func lock<Result: Sendable>(_ body: @escaping @Sendable (Connection) async throws -> Result) async throws -> Result {
        try await Task {
            try await turn.withPermit { try await openedHolder().locking(body) }
        }.value
    }

    /// Registers the run, whose life the session stands for from here on.
    func begin(_ start: @escaping @Sendable (Connection) async throws -> Int64) async throws -> Int64 {
        let id = try await perform(start)
        run = id
        try await lock { try await RunLog.hold(id, $0) }
        return id
    }

    /// Ends the session, and with it all that it holds.
    func close() {
        holder?.close()
        connection?.close()
        (holder, connection) = (nil, nil)
    }

    /// Runs `body` while holding a slot of a limit. `waits` is called when others have had them all for two seconds.
    /// Throws a `Failure` (`lockTaken`) when those others are no runs.
    nonisolated func withSlot<Result>(
        of limit: SharedLimit, waits: @Sendable () -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        let slot = try await take(limit, waits: waits)
        do {
            let result = try await body()
            await free(slot, of: limit)
            return result
        } catch {
            await free(slot, of: limit)
            throw error
        }
    }

    private func take(_ limit: SharedLimit, waits: @Sendable () -> Void) async throws -> Int {
        if let slot = try await tryTaking(limit, waited: false) { return slot }
        await wait(for: limit)
        do {
            let start = ContinuousClock.now
            var (isQuiet, looked) = (true, start)
            while true {
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...150)))
                if let slot = try await tryTaking(limit, waited: true) {
                    await waitNoMore(for: limit)
                    return slot
                }
                guard ContinuousClock.now - looked > .seconds(2) else { continue }
                looked = ContinuousClock.now
                try await RetryPolicy(attempts: 6).run(on: .warehouse) {
                    try await perform { try await limit.refuseForeignHolders($0) }
                }
                if isQuiet { waits() }
                isQuiet = false
            }
        } catch {
            await waitNoMore(for: limit)
            throw error
        }
    }

    private func tryTaking(_ limit: SharedLimit, waited: Bool) async throws -> Int? {
        try await RetryPolicy(attempts: 6).run(on: .warehouse) {
            try await turn.withPermit {
                let holder = try await openedHolder()
                let taken = held[limit] ?? []
                let slot = try await holder.locking { try await limit.take(held: taken, waited: waited, $0) }
                if let slot { held[limit, default: []].insert(slot) }
                return slot
            }
        }
    }

    private func free(_ slot: Int, of limit: SharedLimit) async {
        guard held[limit]?.remove(slot) != nil else { return }
        // A session that is lost has freed everything.
        try? await lock { try await limit.free(slot, $0) }
    }

    private func wait(for limit: SharedLimit) async {
        waiting[limit, default: 0] += 1
        if waiting[limit] == 1 { try? await lock { try await limit.setWaiting(true, $0) } }
    }

    private func waitNoMore(for limit: SharedLimit) async {
        waiting[limit, default: 1] -= 1
        if waiting[limit] == 0 { try? await lock { try await limit.setWaiting(false, $0) } }
    }

    private func opened() async throws -> Connection {
        let connection = try await openedConnection()
        _ = try await openedHolder()
        return connection
    }

    private func openedConnection() async throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try await warehouse.open()
        connection = opened
        return opened
    }

    private func openedHolder() async throws -> Connection {
        if let holder, holder.isOpen { return holder }
        let connection = try await openedConnection()
        let opened = connection.isPooled ? try await warehouse.open() : connection
        try await opened.keepSession()
        held = [:]
        if let run { try await opened.locking { try await RunLog.hold(run, $0) } }
        holder = opened
        return opened
    }
}
