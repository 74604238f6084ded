internal import Glibc

extension ScratchFleet {
    /// Bytes on disk that the variants' tenants take, estimated: their databases on the primary and on the standby, both servers' own
    /// files, and the WAL that the primary keeps of filling them.
    ///
    /// Measured with PostgreSQL 15 and this package's tenant tables: a new cluster has 24 MB beside its WAL; a database 8.7 MB with
    /// empty facts and no menu, 138 bytes more a fact and 86 to 101 a menu entry, of which each copy has 14400, with their indexes; 1200
    /// items that are wider by 1000 bytes took 1.4 MB, by 8000 bytes 10.3 MB. Filling writes 280 to 340 bytes of WAL a fact and 235 a
    /// menu entry, and `max_wal_size` bounds what is kept. The estimate was 1.05 to 1.12 of what whole fleets took: 8.1 GB for 40
    /// tenants of 30 days with 20000 facts, 4.4 GB for 2 of 150000 facts, 0.3 GB for 10 of 2 days with 200.
    public static func estimatedBytes(_ variants: [Variant], menuCopies: Int) -> Int {
        let menu = 14_400 * Double(menuCopies)
        let databases = variants.map { $0.databaseBytes(menu: menu) * Double($0.tenants) }.reduce(0, +)
        let written = variants.map { $0.walBytes(menu: menu) }.reduce(0, +)
        let bytes = 2 * (25e6 + databases) + min(24e6 + written, 2.4e9) + 34e6
        return Int(min(bytes, 1e18))
    }

    /// - Throws: ``ClusterError`` with code `noSpace`.
    static func checkSpace(for variants: [Variant], menuCopies: Int, spareBytes: Int, in path: String) throws {
        let needed = estimatedBytes(variants, menuCopies: menuCopies)
        let free = try Directory.freeBytes(at: path)
        guard Double(needed) + Double(spareBytes) > Double(free) else { return }
        let rest = spareBytes > 0 ? ", what is to be done with them \(gigabytes(spareBytes))," : ""
        throw ClusterError(
            .noSpace, "the synthetic tenants take about \(gigabytes(needed))\(rest) and \(path) has \(gigabytes(free)) free",
            hint: "ask for fewer --tenants, --rows-per-day or --days, or name another --directory")
    }

    private static func gigabytes(_ bytes: Int) -> String {
        bytes < 100_000_000 ? "\(bytes / 1_000_000) MB" : "\((Double(bytes) / 1e8).rounded() / 10) GB"
    }
}

extension ScratchFleet.Variant {
    private var facts: Double { Double(rowsPerDay) * Double(days) }
    private var itemText: Double { 1200 * Double(extraTextBytes) }

    fileprivate func databaseBytes(menu: Double) -> Double { 8.9e6 + 145 * facts + 100 * menu + 1.25 * itemText }
    fileprivate func walBytes(menu: Double) -> Double { 8e6 + 350 * facts + 235 * menu + 1.5 * itemText }
}
