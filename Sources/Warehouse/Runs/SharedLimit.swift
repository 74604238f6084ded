public import Postgres

/// A limit that holds for all sessions of the warehouse together, whichever processes they belong to.
///
/// A slot is an advisory lock of the session that took it (PostgreSQL manual, "Advisory Locks"): it is free again when the session ends,
/// however its process died. Whoever waits holds a shared lock that says so, and a newcomer lets those who wait go first.
public struct SharedLimit: Hashable, Sendable {
    /// What is limited, such as `loaders`.
    public let name: String
    /// How many there may be at once, as far as this process is concerned.
    public let slots: Int

    /// A limit of at least one slot.
    public init(_ name: String, slots: Int) {
        self.name = name
        self.slots = max(slots, 1)
    }

    /// Takes a free slot at once; nil when there is none, or others wait and this session has not. `held` are those it has already.
    public func take(held: Set<Int>, waited: Bool, _ connection: Connection) async throws -> Int? {
        try await connection.query(
            "SELECT _wh.take_slot($1, $2, $3, $4)",
            [name, String(slots), "{" + held.map(String.init).joined(separator: ",") + "}", String(waited)]
        ).scalar.flatMap { Int($0) }
    }

    /// Throws `lockTaken` when logins that are not the engine's hold all slots, so that none of them comes free with the end of a run.
    public func refuseForeignHolders(_ connection: Connection) async throws {
        let keys = try await connection.query(
            "SELECT hashtextextended(format('dayhaul.slot.%s.%s', $1::text, slot), 0) FROM generate_series(0, $2::integer - 1) slot",
            [name, String(slots)]
        ).values.compactMap { $0[0].flatMap { Int64($0) } }
        let holders = try await ForeignHolder.among(keys, connection)
        if holders.count == slots, let holder = holders[0] { throw holder.error("the slots of \(name)") }
    }

    /// Gives a slot back.
    public func free(_ slot: Int, _ connection: Connection) async throws {
        try await connection.query("SELECT _wh.free_slot($1, $2)", [name, String(slot)])
    }

    /// Tells the others that this session waits, or waits no more.
    public func setWaiting(_ waits: Bool, _ connection: Connection) async throws {
        try await connection.query("SELECT _wh.wait_for_slot($1, $2)", [name, String(waits)])
    }
}
