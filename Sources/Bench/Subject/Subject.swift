import Ingest
import Postgres
import Warehouse

/// What is measured: tenants, their reports, and which of their days.
public struct Subject: Sendable {
    /// All tenants that a load names.
    let tenants: [Tenant]
    /// Opens their passwords.
    let keys: KeyRing
    /// Puts the reports into the catalogue of a scratch warehouse.
    let register: @Sendable (Connection) async throws -> Void
    /// The usual load.
    let base: Load
    /// Others.
    let others: [Load]
    /// What a night is unless `size` is told otherwise, before the width of a row is known.
    let night: Night
    /// Of generated data.
    let seed: Int?
    /// Numbers of streams that are tried.
    let streams: [Int]
    /// What has to be said before it begins, a sentence each.
    let warnings: [String]
    /// Lets the servers use so many cores; nil where they are not the benchmark's own.
    let restrict: (@Sendable (Int?) throws -> Void)?
    /// Lets the warehouse write so many bytes a second; nil where that cannot be bounded.
    let throttle: (@Sendable (Int?) throws -> Void)?

    /// Tenants, days of each and rows of each of those.
    public struct Night: Sendable, Equatable {
        /// Tenants.
        public let tenants: Int
        /// Days of each.
        public let days: Int
        /// Rows of each day; nil where that is to be seen.
        public let rowsPerDay: Int?
    }

    /// Servers that tenants are read from.
    func replicas(of load: Load) -> Int {
        Set(tenants.filter { load.tenants.contains($0.name) }.map(Replica.init)).count
    }

    /// The most streams, unless somebody says otherwise.
    static let usualStreams = 4

    /// 1, 2, 4 … up to `most`.
    static func doubling(to most: Int) -> [Int] {
        var streams = [1]
        while let last = streams.last, last * 2 <= most { streams.append(last * 2) }
        return streams
    }
}
