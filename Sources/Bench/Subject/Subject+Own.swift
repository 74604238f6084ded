public import Ingest
import Postgres
import Reports
public import Warehouse

extension Subject {
    /// Tenants and reports of a warehouse, and the newest days that it has of them. Nothing is written there or at the tenants'.
    ///
    /// - Parameters:
    ///   - days: how many; nil for as many as make about `rows` rows, and at most 31.
    ///   - mostStreams: nil for 4, or for 1 where a source is no replica.
    /// - Throws: `nothingToLoad`, and what the selection's planning throws.
    public static func own(
        of warehouse: Warehouse, keys: KeyRing, _ selection: Selection, days: Int?, rows: Int, mostStreams: Int?
    ) async throws -> Subject {
        try await warehouse.withSession { session in
            let tenants = try await Planner.tenants(selection, session)
            let reports = try await Planner.reports(selection, session).usable.map(\.name)
            guard !tenants.isEmpty, !reports.isEmpty else {
                throw BenchError(
                    .nothingToLoad, tenants.isEmpty ? "there are no tenants to measure" : "there are no reports to measure",
                    hint: "dayhaul tenant add, or measure synthetic ones: dayhaul bench --tenants 7 --rows-per-day 5000 --days 14")
            }
            let known = try await KnownRows.read(of: tenants, reports, session)
            let range = try known.newest(days, rows: rows)
            let base = Load(label: "the usual load", tenants: tenants.map(\.name), days: range)
            let templates = try await ReportCatalogue.exported(reports, session)
            let (warnings, areReplicas) = try await look(at: tenants, keys)
            let cap = streamLimit(of: tenants)
            let most = min(mostStreams ?? (areReplicas ? usualStreams : 1), cap ?? .max)
            return Subject(
                tenants: tenants, keys: keys, register: { try await ReportCatalogue.register(templates, $0) }, base: base,
                others: known.others(than: base), night: Night(tenants: tenants.count, days: base.dayCount, rowsPerDay: nil), seed: nil,
                streams: doubling(to: most),
                warnings: warnings
                    + (cap.map { $0 < (mostStreams ?? usualStreams) } == true
                        ? ["the tenants' --max-streams keeps streams to \(most)"] : []),
                restrict: nil, throttle: nil)
        }
    }

    /// Streams that the tenants' own limits leave on all servers together; nil for no limit.
    private static func streamLimit(of tenants: [Tenant]) -> Int? {
        let limits = Dictionary(grouping: tenants, by: Replica.init).values.map { $0.compactMap(\.maximumStreams).min() }
        return limits.contains { $0 == nil } ? nil : limits.compactMap { $0 }.reduce(0, +)
    }

    /// Whether all sources are replicas, and what is to be said of those that are not. Throws where one cannot be reached.
    private static func look(at tenants: [Tenant], _ keys: KeyRing) async throws -> (warnings: [String], areReplicas: Bool) {
        var warnings: [String] = []
        for (replica, group) in Dictionary(grouping: tenants, by: Replica.init).sorted(by: { $0.key.description < $1.key.description }) {
            guard let tenant = group.first else { continue }
            let parameters = try await tenant.connectionParameters(keys, timeZone: "UTC")
            let isReplica = try await Connection.with(parameters) { try await $0.query("SELECT pg_is_in_recovery()").scalar == "t" }
            if !isReplica {
                warnings.append(
                    "\(replica) (\(tenant.name)) is not a replica: its users share it with the benchmark, which reads with one stream unless --streams says more"
                )
            }
        }
        return (warnings, warnings.isEmpty)
    }
}
