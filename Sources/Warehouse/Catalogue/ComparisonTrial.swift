import Postgres
import Reports
import SQLText

/// Lets the server judge what a report wants compared: keys, and the bounds of its expectations. Nothing is run.
struct ComparisonTrial {
    let report: ReportDefinition
    let connection: Connection

    /// Throws `invalidColumns` and `invalidExpectations`. Outside a transaction only: a refusal would end it.
    func run() async throws {
        for key in report.keyColumns { try await checkEquality(of: key, .invalidColumns) }
        for expectation in report.expectations {
            switch expectation.check {
            case .unique(let columns):
                for column in columns { try await checkEquality(of: column, .invalidExpectations) }
            case .range(let column, let minimum, let maximum):
                for bound in [minimum, maximum].compactMap(\.self) { try await check(bound, of: column) }
            case .notNull, .rowCount: break
            }
        }
    }

    /// Values of some types, such as json and point, cannot be told apart by the server.
    private func checkEquality(of name: String, _ code: ReportError.Code) async throws {
        let type = report.type(of: name).name
        do {
            _ = try await connection.describe("SELECT FROM (SELECT NULL::\(type) AS value) keys GROUP BY value")
        } catch let error as PostgresError where error.code == .server {
            throw ReportError(
                code, "column \(name) is of type \(type), whose values cannot be told apart",
                hint: "cast it to text or jsonb")
        }
    }

    private func check(_ bound: String, of name: String) async throws {
        do {
            let type = report.type(of: name)
            _ = try await connection.describe("SELECT NULL::\(type.name) \(type.comparison("<")) \(SQL.literal(bound))")
        } catch let error as PostgresError where error.code == .server {
            throw ReportError(.invalidExpectations, "range of \(name): \(error.message)")
        }
    }
}
