import Glibc
import Postgres

/// Counters of this process and of the warehouse's server at an instant.
struct Reading: Sendable {
    private let clientSeconds: Double
    private let client: KernelProcess.Transfer
    private let walEnd: Int
    private var fullPageImages: Int
    private var writersSeconds: Double
    private var warehouse: KernelProcess.Transfer?

    init(_ watch: Watch, _ server: ConnectionParameters) async throws {
        (walEnd, fullPageImages) = try await Self.wal(server)
        writersSeconds = watch.warehouse?.writersSeconds ?? 0
        warehouse = watch.warehouse?.transfer
        client = KernelProcess(id: getpid()).transfer ?? KernelProcess.Transfer()
        clientSeconds = Machine.ownCPUSeconds
    }

    /// Reads again what goes on after the end of a run: what its sessions counted is added up when they have gone, and what they made dirty
    /// is written by a checkpoint.
    mutating func readWrites(_ watch: Watch, _ server: ConnectionParameters) async throws {
        fullPageImages = try await Self.wal(server).fullPageImages
        writersSeconds = watch.warehouse?.writersSeconds ?? 0
        warehouse = watch.warehouse?.transfer
    }

    func totals(since before: Reading) -> Totals {
        var totals = Totals()
        totals.clientSeconds = clientSeconds - before.clientSeconds
        totals.clientRead = max(0, client.read - before.client.read)
        totals.clientWritten = max(0, client.given - before.client.given)
        totals.walBytes = max(0, walEnd - before.walEnd)
        totals.fullPageImages = max(0, fullPageImages - before.fullPageImages)
        totals.writersSeconds = max(0, writersSeconds - before.writersSeconds)
        totals.warehouseWritten = warehouse.flatMap { after in before.warehouse.map { max(0, after.dirtied - $0.dirtied) } }
        return totals
    }

    private static func wal(_ server: ConnectionParameters) async throws -> (end: Int, fullPageImages: Int) {
        try await Connection.with(server) { connection in
            let end = try await connection.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").scalar
            // PostgreSQL 13 does not count them.
            let images = connection.serverVersion < 140_000 ? nil : try await connection.query("SELECT wal_fpi FROM pg_stat_wal").scalar
            return (end.flatMap { Int($0) } ?? 0, images.flatMap { Int($0) } ?? 0)
        }
    }
}
