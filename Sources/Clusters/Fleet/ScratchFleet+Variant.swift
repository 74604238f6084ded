extension ScratchFleet.Variant {
    /// The names of its tenants, and of their databases.
    var tenantNames: [String] { (0..<tenants).map { "\(name)_\($0 + 1)" } }

    /// The source with this variant's days and rows.
    func applied(to source: DemoSource) -> DemoSource {
        var own = source
        own.days = days
        own.rowsPerDay = rowsPerDay
        return own
    }

    /// - Throws: ``ClusterError`` with code `invalidArgument` unless there is a variant, names are apart and numbers make sense.
    static func check(_ variants: [Self]) throws {
        guard !variants.isEmpty else { throw ClusterError(.invalidArgument, "a benchmark needs synthetic tenants") }
        for variant in variants { try variant.check() }
        guard Set(variants.map(\.name)).count == variants.count else {
            throw ClusterError(.invalidArgument, "two kinds of synthetic tenants have the same name")
        }
    }

    private func check() throws {
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789_")
        guard (1...50).contains(name.utf8.count), name.allSatisfy(letters.contains) else {
            throw ClusterError(
                .invalidArgument, "\(name) is no name for synthetic tenants", hint: "use 1 to 50 lower-case letters, digits and underscores"
            )
        }
        guard rowsPerDay > 0, days > 0, tenants > 0 else {
            throw ClusterError(.invalidArgument, "synthetic tenants \(name) need at least one tenant, one day, and one row a day")
        }
        // A name may have 1 GB, and an item is in many rows: more than this is no benchmark of rows.
        guard (0...1_000_000).contains(extraTextBytes) else {
            throw ClusterError(.invalidArgument, "a row of \(name) can be 0 to 1000000 bytes wider, not \(extraTextBytes)")
        }
    }
}
