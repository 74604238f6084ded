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
            let (usable, unusable) = try await Planner.reports(selection, session)
            let reports = usable.map(\.name)
            let (tenants, areReplicas, warnings) = try await look(
                at: try await Planner.tenants(selection, session), keys)
            guard !tenants.isEmpty, !reports.isEmpty else {
                throw BenchError(
                    .nothingToLoad,
                    tenants.isEmpty ? "there are no tenants to measure" : "there are no reports to measure",
                    hint:
                        "dayhaul tenant add, or measure synthetic ones: dayhaul bench --tenants 7 --rows-per-day 5000 --days 14"
                )
            }
            let known = try await KnownRows.read(of: tenants, reports, session)
            let range = try known.newest(days, rows: rows)
            let base = Load(label: "the usual load", tenants: tenants.map(\.name), days: range)
            let templates = try await ReportCatalogue.exported(reports, session)
            let cap = streamLimit(of: tenants)
            let most = min(mostStreams ?? (areReplicas ? usualStreams : 1), cap ?? .max)
            return Subject(
                tenants: tenants, keys: keys, register: { try await ReportCatalogue.register(templates, $0) },
                base: base,
                others: known.others(than: base),
                night: Night(tenants: tenants.count, days: base.dayCount, rowsPerDay: nil), seed: nil,
                streams: doubling(to: most),
                warnings: warnings + unusable.map { "\($0.message): not measured" }
                    + (cap.map { $0 < (mostStreams ?? usualStreams) } == true
                        ? ["the tenants' --max-streams keeps streams to \(most)"] : []),
                restrict: nil, throttle: nil)
        }
    }

    /// Streams that the tenants' own limits leave on all servers together; nil for no limit.
    private static func streamLimit(of tenants: [Tenant]) -> Int? {
        let limits = Dictionary(grouping: tenants, by: Replica.init).values.map {
            $0.compactMap(\.maximumStreams).min()
        }
        return limits.contains { $0 == nil } ? nil : limits.compactMap { $0 }.reduce(0, +)
    }

    /// The tenants that can be reached, whether all their sources are replicas, and what is to be said of those that
    /// are not. Throws where none can be reached.
    private static func look(
        at tenants: [Tenant], _ keys: KeyRing
    ) async throws -> (tenants: [Tenant], areReplicas: Bool, warnings: [String]) {
        var (reached, areReplicas, warnings): ([Tenant], Bool, [String]) = ([], true, [])
        var last: (any Error)?
        var looked: Set<Replica> = []
        for tenant in tenants {
            do {
                let parameters = try await tenant.connectionParameters(keys, timeZone: "UTC")
                let isReplica = try await Connection.with(parameters) {
                    try await $0.query("SELECT pg_is_in_recovery()").scalar == "t"
                }
                reached.append(tenant)
                if !isReplica, looked.insert(Replica(tenant)).inserted {
                    areReplicas = false
                    warnings.append(
                        "\(Replica(tenant)) (\(tenant.name)) is not a replica: its users share it with the benchmark, which reads with one stream unless --streams says more"
                    )
                }
            } catch let error where !(error is CancellationError) {
                warnings.append("\(tenant.name) cannot be reached, and is not measured: \(Failure(error, on: .source))")
                last = error
            }
        }
        if reached.isEmpty, let last { throw last }
        return (reached, areReplicas, warnings)
    }
}
