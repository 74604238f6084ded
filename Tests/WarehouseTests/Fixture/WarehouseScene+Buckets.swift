import PostgresBinary
import Testing
import Warehouse

extension WarehouseScene {
    /// What is known of days of report `r` of tenant `a`, given by ISO date and digest.
    func known(_ days: [String: String]) async throws -> [CalendarDate: BucketDigests] {
        let digests = Dictionary(uniqueKeysWithValues: try days.map { (try #require(CalendarDate($0)), $1) })
        return try await warehouse.withSession { session in
            let entry = try await ReportCatalogue.all(session).first { $0.name == "r" }
            let report = try #require(entry).definition.get()
            return try await DayBuckets.of(digests, schema: "a", report: report, session)
        }
    }
}
