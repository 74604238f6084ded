import FoundationEssentials
import Testing

/// What `ingest --json` and `run --json` print, as far as tests read it.
struct RunDocument: Decodable {
    struct Totals: Decodable {
        let days: Int
        let loaded: Int
        let merged: Int
        let unchanged: Int
        let skipped: Int
        let failed: Int
        let rows: Int
        let inserted: Int
        let deleted: Int
        let resumed: Int
        let bytes: Int
    }

    struct Day: Decodable {
        let tenant: String
        let report: String
        let schema: String
        let day: String
        let outcome: String
        let rows: Int?
        let notes: [String]?
        let error: Problem?
    }

    struct Problem: Decodable {
        let code: String
        let sqlstate: String?
        let message: String
        let hint: String?
    }

    let outcome: String
    let totals: Totals
    let days: [Day]

    /// The outcomes of a tenant's days, without repetition.
    func outcomes(_ tenant: String) -> Set<String> { Set(days.filter { $0.tenant == tenant }.map(\.outcome)) }
}

/// What `plan --json` prints.
struct PlanDocument: Decodable {
    struct Day: Decodable {
        let tenant: String
        let report: String
        let schema: String
        let day: String
        let reason: String
    }

    let days: [Day]
}

/// What `verify --json` prints.
struct VerifyDocument: Decodable {
    struct Day: Decodable {
        let tenant: String
        let day: String
        let state: String
        let sourceRows: Int?
        let warehouseRows: Int?
        let missing: Int?
        let extra: Int?
        let changed: Int?
    }

    let days: [Day]
    let repair: RunDocument?
}

extension EndedProgram {
    /// Standard output as the one JSON document that it must be.
    func document<T: Decodable>(_ type: T.Type) throws -> T {
        try JSONDecoder().decode(type, from: Data(output.utf8))
    }
}
