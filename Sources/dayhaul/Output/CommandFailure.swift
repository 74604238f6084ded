import ArgumentParser
import Bench
import Clusters
import Ingest
import Postgres
import Reports
import Sizing
import Spill
import Warehouse

/// An error that ends a command: what is printed, and the exit status.
struct CommandFailure: Encodable {
    /// What `--json` prints of it.
    struct Problem: Encodable {
        var code: String
        var sqlstate: String?
        var message: String
        var hint: String?
    }

    let outcome: String
    let error: Problem
    let status: ExitStatus

    private enum CodingKeys: String, CodingKey { case outcome, error }

    /// One line.
    var text: String {
        error.message + (error.sqlstate.map { " (SQLSTATE \($0))" } ?? "") + (error.hint.map { "; hint: \($0)" } ?? "")
    }

    init(_ error: any Error) {
        status = Self.status(of: error)
        outcome = status == .interrupted ? "interrupted" : "failed"
        self.error =
            switch error {
            case let error as SettingsError: Problem(code: "usage", message: error.message, hint: error.hint)
            case let error as SizingError: Problem(code: "sizing.\(error.code.rawValue)", message: error.message, hint: error.hint)
            case let error as ClusterError:
                Problem(code: error.code.rawValue, sqlstate: error.sqlstate, message: error.message, hint: error.hint)
            case let error as BenchError: Problem(code: "bench.\(error.code.rawValue)", message: error.message, hint: error.hint)
            default: Problem(Failure(error, on: .warehouse))
            }
    }

    /// What the command line itself has to say about its arguments.
    init(usage message: String, hint: String? = nil) {
        status = .usage
        outcome = "failed"
        error = Problem(code: "usage", message: message, hint: hint)
    }

    private static func status(of error: any Error) -> ExitStatus {
        switch error {
        case let error as WarehouseError: isUsage(error.code) ? .usage : .failed
        case let error as PostgresError: error.code == .invalidParameters ? .usage : .failed
        case is ReportError, is PlanError, is SettingsError, is SizingError: .usage
        case let error as SpillError: error.code == .directoryUnusable ? .usage : .failed
        case let error as ClusterError: error.code == .invalidArgument ? .usage : .failed
        case let error as BenchError: error.code == .runFailed ? .failed : .usage
        case is CancellationError: .interrupted
        default: .failed
        }
    }

    private static func isUsage(_ code: WarehouseError.Code) -> Bool {
        switch code {
        case .unknownTenant, .tenantExists, .unknownReport, .reportExists, .invalidName, .nameTaken, .notLimited, .keyFile,
            .unknownKey, .nothingLoaded, .invalidDay:
            true
        case .notInitialised, .tooNew, .tooOld, .readOnly, .missingPrivilege, .unsafeRole, .unknownSource, .tenantHasData, .reportHasData,
            .keyInUse,
            .cannotUnseal,
            .secretUnavailable, .columnsChanged, .duplicateKey, .expectationFailed, .stillPublishing, .lockTaken, .rowCountMismatch,
            .changedMeanwhile,
            .leaseLost, .newerSnapshot, .shrunk, .unsafeIndex, .beingDropped, .tooManyLocks, .schemaChanged:
            false
        }
    }
}

extension CommandFailure.Problem {
    init(_ failure: Failure) {
        self.init(code: failure.code, sqlstate: failure.sqlstate, message: failure.message, hint: failure.hint)
    }
}
