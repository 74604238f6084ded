import Glibc
import SQLText
public import Warehouse

/// Which tenants and reports a command is about. Names take the shell's `*`, `?` and `[…]`; none means all.
public struct Selection: Sendable, Equatable {
    /// Names or patterns of tenants.
    public var tenants: [String]
    /// Names or patterns of reports.
    public var reports: [String]

    /// Empty lists select everything.
    public init(tenants: [String] = [], reports: [String] = []) {
        self.tenants = tenants
        self.reports = reports
    }

    /// The tenants among `all` that are selected, disabled ones included. Throws `unknownTenant` for a pattern that fits none.
    public func tenants(among all: [Tenant]) throws(WarehouseError) -> [Tenant] {
        let names = all.map(\.name)
        if let unknown = Self.unmatched(tenants, among: names) {
            guard !names.isEmpty else { throw TenantCatalogue.unknown(unknown, names) }
            throw WarehouseError(
                .unknownTenant, "no tenant is called \(unknown)", hint: Self.hint(for: unknown, option: "--tenant", among: names))
        }
        return all.filter { Self.contains(tenants, $0.name) }
    }

    /// The names of reports among `all` that are selected. Throws `unknownReport` for a pattern that fits none.
    public func reports(among all: [String]) throws(WarehouseError) -> [String] {
        if let unknown = Self.unmatched(reports, among: all) {
            throw WarehouseError(
                .unknownReport, "no report is called \(unknown)",
                hint: all.isEmpty
                    ? "there are none yet: dayhaul sql template-foodlogstats | psql \"$DAYHAUL_WAREHOUSE\""
                    : Self.hint(for: unknown, option: "--report", among: all))
        }
        return all.filter { Self.contains(reports, $0) }
    }

    /// The first pattern that fits none of `names`; nil when each fits one at least.
    static func unmatched(_ patterns: [String], among names: [String]) -> String? {
        patterns.first { pattern in !names.contains { matches(pattern, $0) } }
    }

    /// What to do about a name that none has: for names in a list that of each by itself, otherwise those that there are.
    static func hint(for unknown: String, option: String, among names: [String]) -> String {
        let parts = unknown.split { ", ".contains($0) }.map(String.init)
        if parts.count > 1, unmatched(parts, among: names) == nil {
            return "give each by itself: " + parts.map { "\(option) \(Shell.word($0))" }.joined(separator: " ")
        }
        return "there are \(names.prefix(12).joined(separator: ", "))" + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }

    static func contains(_ patterns: [String], _ name: String) -> Bool {
        patterns.isEmpty || patterns.contains { matches($0, name) }
    }

    private static func matches(_ pattern: String, _ name: String) -> Bool {
        // A name with special characters in it still selects itself.
        pattern == name || fnmatch(pattern, name, 0) == 0
    }
}
