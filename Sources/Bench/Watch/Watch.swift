import Ingest
import Postgres
import Stages
import Warehouse

/// Which servers' processes can be seen, and how CPU time is counted accordingly.
struct Watch: Sendable {
    /// The warehouse's server; nil where its processes cannot be seen.
    let warehouse: ServerWatch?
    /// Whether all sources' processes can be seen.
    let seesSources: Bool

    /// Looks at the servers.
    init(_ subject: Subject, _ target: Target) async throws {
        warehouse = try await Connection.with(target.server) { try await ServerWatch(serving: $0) }
        var seesAll = true
        for parameters in try await Self.logins(subject) where seesAll {
            seesAll = try await Connection.with(parameters) { try await ServerWatch(serving: $0) } != nil
        }
        seesSources = seesAll
    }

    func meter(countsWAL: Bool) -> StageMeter {
        let (seesWarehouse, seesSources) = (warehouse != nil, seesSources)
        return StageMeter(countsWAL: countsWAL) { session in
            let isSeen = session.server == .source ? seesSources : seesWarehouse
            return isSeen ? KernelProcess(id: session.processID).usage : nil
        }
    }

    /// What estimates where processes cannot be seen.
    func samplers(_ subject: Subject, _ server: ConnectionParameters) async throws -> [ActivitySampler] {
        var samplers: [ActivitySampler] = []
        if warehouse == nil { samplers.append(ActivitySampler(parameters: server, server: .warehouse)) }
        if !seesSources {
            samplers += try await Self.logins(subject).map { ActivitySampler(parameters: $0, server: .source) }
        }
        return samplers
    }

    /// One tenant's of each server and login: a login sees its own sessions.
    private static func logins(_ subject: Subject) async throws -> [ConnectionParameters] {
        var logins: [ConnectionParameters] = []
        for tenants in Dictionary(grouping: subject.tenants, by: { "\($0.user)@\(Replica($0))" }).values {
            if let tenant = tenants.first { logins.append(try await tenant.connectionParameters(subject.keys, timeZone: "UTC")) }
        }
        return logins
    }
}
