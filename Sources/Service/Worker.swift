import Glibc
public import Ingest
import Postgres
public import Warehouse

/// Carries out what stands in the queue, a slice of a request at a time, until it is told to stop.
///
///     run ─┬─ claims, one after the other ── one task a request: a slice of it, through an engine's run
///          ├─ heartbeat: renews the leases, hears of cancelled requests, ends sessions of workers that stand still
///          ├─ listener: hears of new requests
///          └─ stop: no more claims; after the grace, what is under way ends
///
/// Several may work at once, on one machine or on many. Nothing is lost with one that dies: its leases end, and others claim its requests.
public struct Worker: Sendable {
    let warehouse: Warehouse
    let engine: Engine
    let settings: WorkerSettings
    let version: String
    /// Its name in the queue and on the server: host, process, and a number, because a container may have the same ones each time.
    let name: String
    let observer: @Sendable (WorkerEvent) -> Void
    let book = LeaseBook()
    /// Rings when there may be something to claim.
    let bell = Bell()
    /// Rings when there may be news of what is under way.
    let pulse = Bell()

    /// A worker that loads into `warehouse` with the engine that `engine` makes for it. `version` is the program's.
    public init(
        _ warehouse: Warehouse, _ settings: WorkerSettings, version: String,
        engine: (Warehouse) throws -> Engine, observer: @escaping @Sendable (WorkerEvent) -> Void
    ) rethrows {
        name = "dayhaul:\(Engine.hostName.filter(\.isASCII).prefix(30)):\(getpid()):\(String(UInt32.random(in: .min ... .max), radix: 16))"
        var warehouse = warehouse
        warehouse.sessionName = name
        self.warehouse = warehouse
        self.engine = try engine(warehouse)
        self.settings = settings
        self.version = version
        self.observer = observer
    }

    /// Works until `stop` says something, or is empty when it drains; returns when all that was under way is finished or handed back.
    ///
    /// Throws when the warehouse cannot be worked with from the start. Later the worker waits for it to come back.
    public func run(until stop: AsyncStream<Void>) async throws {
        try await warehouse.withSession { try await register($0) }
        observer(.started(worker: name))
        await withTaskGroup { helpers in
            helpers.addTask { await Heartbeat(self).run() }
            helpers.addTask { await RequestListener(self).run() }
            await work(until: stop)
            helpers.cancelAll()
        }
        try? await warehouse.withSession { try await WorkerRegister.remove([name], $0) }
    }

    func register(_ connection: Connection) async throws {
        try await WorkerRegister.note(name, host: Engine.hostName, process: getpid(), engine: version, lease: settings.lease, connection)
    }

    private func work(until stop: AsyncStream<Void>) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await claimAndCarryOut()
                return true
            }
            group.addTask {
                for await _ in stop {
                    await end()
                    break
                }
                return false
            }
            while await group.next() == false {}
            group.cancelAll()
        }
    }

    /// No more claims; what is under way when the grace is over is handed back.
    private func end() async {
        book.close()
        observer(.stopping(underWay: book.leases.count))
        bell.ring()
        try? await Task.sleep(for: settings.grace)
        book.stopAll(.shutdown)
    }

    /// Claims as many requests as may go on at once, and waits for something to change. Returns when the book is closed, or when it drains
    /// and nothing is left, with nothing under way.
    private func claimAndCarryOut() async {
        var session = ReopenedSession(warehouse)
        await withDiscardingTaskGroup { group in
            while !book.isClosed, !Task.isCancelled {
                do {
                    let connection = try await session.open()
                    while book.leases.count < max(settings.concurrency, 1),
                        let request = try await RequestQueue.claim(for: name, lease: settings.lease, connection)
                    {
                        let stop = book.enter(request.lease)
                        group.addTask { await SliceWork(self, request).run(until: stop) }
                    }
                    if settings.drains, book.leases.isEmpty, try await RequestQueue.isEmpty(connection) { return }
                } catch {
                    observer(.unreachable(Failure(error, on: .warehouse)))
                }
                await bell.wait(atMost: settings.poll)
            }
        }
    }
}
