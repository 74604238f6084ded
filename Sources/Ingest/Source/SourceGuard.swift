import SQLText
import Synchronization
public import Warehouse

/// Holds what a replica says of itself against what the warehouse knows of its tenant's source.
public final class SourceGuard: Sendable {
    private let known: Mutex<[String: SourcePosition]>
    /// The latest position that each tenant was read at.
    private let used = Mutex<[String: SourcePosition]>([:])
    /// Tenants whose replica was waited for in vain.
    private let lagging = Mutex<Set<String>>([])
    /// How long a replica that lies behind is waited for.
    private let patience: Duration
    /// Asked for a tenant of which nothing is known yet.
    private let note: @Sendable (_ tenant: String, SourcePosition) async throws -> SourcePosition

    /// `known` is how things stood before the run: snapshots of one run may overtake each other by moments.
    init(
        _ known: [String: SourcePosition], patience: Duration = .seconds(10),
        note: @escaping @Sendable (String, SourcePosition) async throws -> SourcePosition
    ) {
        self.known = Mutex(known)
        self.patience = patience
        self.note = note
    }

    /// Refuses another database system than the one that the tenant's days came from, and marks a snapshot that lies behind one that was
    /// used before. A replica that does not tell where it stands passes.
    ///
    /// One that is only a moment behind another of the same source is waited for, and `state` is what `read` says then.
    func admit(_ state: inout SourceState, of tenant: Tenant, _ read: () async throws -> SourceState) async throws {
        let end = ContinuousClock.now + patience
        try await admit(&state, of: tenant)
        while state.isBehind, !lagging.withLock({ $0.contains(tenant.name) }) {
            try await Task.sleep(for: .milliseconds(250))
            state = try await read()
            try await admit(&state, of: tenant)
            if ContinuousClock.now >= end { lagging.withLock { _ = $0.insert(tenant.name) } }
        }
    }

    private func admit(_ state: inout SourceState, of tenant: Tenant) async throws {
        let position = state.position
        guard position.systemIdentifier != nil, position.timeline != nil, position.replayLSN != nil else { return }
        let expected: SourcePosition
        if let mark = known.withLock({ $0[tenant.name] }) {
            expected = mark
        } else {
            expected = try await note(tenant.name, position)
            known.withLock { $0[tenant.name] = expected }
        }
        let endpoint = "\(tenant.host):\(tenant.port)/\(tenant.database)"
        if let refusal = Self.refusal(of: position, at: endpoint, known: expected, tenant: tenant.name) { throw refusal }
        state.isBehind = position.isBehind(expected)
        used.withLock { used in
            if used[tenant.name].map({ $0.isBehind(position) }) ?? true { used[tenant.name] = position }
        }
    }

    /// Nil unless both are known, and of different database systems.
    public static func refusal(of position: SourcePosition, at endpoint: String, known: SourcePosition?, tenant: String) -> Failure? {
        guard let system = position.systemIdentifier, let other = known?.systemIdentifier, system != other else { return nil }
        return Failure(
            code: "otherSource", message: "\(endpoint) belongs to database system \(system), and the tenant's days came from \(other)",
            hint: "if that is meant, as after a restore: dayhaul tenant set \(Shell.word(tenant)) --accept-source", concernsTenant: true)
    }

    /// Where each tenant that was read stood at the latest.
    var latest: [String: SourcePosition] { used.withLock { $0 } }
}
