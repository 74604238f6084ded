import Postgres
import Warehouse

/// A session of one task's, opened when it is first needed and again when it was lost.
struct ReopenedSession: ~Copyable {
    private let warehouse: Warehouse
    private var connection: Connection?

    init(_ warehouse: Warehouse) { self.warehouse = warehouse }

    mutating func open() async throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try await warehouse.open()
        connection = opened
        return opened
    }

    deinit { connection?.close() }
}
