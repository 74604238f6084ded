import Clusters
import Ingest
import Postgres
import Reports
import Spill
import Warehouse

/// An error that ends a command: the one line that is printed, and the exit status.
struct CommandFailure {
    let text: String
    let status: ExitStatus

    init(_ error: any Error) {
        text = "\(error)"
        status =
            switch error {
            case let error as WarehouseError: Self.isUsage(error.code) ? .usage : .failed
            case let error as PostgresError: error.code == .invalidParameters ? .usage : .failed
            case is ReportError, is PlanError, is SettingsError: .usage
            case let error as SpillError: error.code == .directoryUnusable ? .usage : .failed
            case is CancellationError: .interrupted
            default: .failed
            }
    }

    private static func isUsage(_ code: WarehouseError.Code) -> Bool {
        switch code {
        case .unknownTenant, .tenantExists, .unknownReport, .invalidName, .nameTaken, .keyFile: true
        case .notInitialised, .tooNew, .tooOld, .missingPrivilege, .tenantHasData, .cannotUnseal, .secretUnavailable, .columnsChanged,
            .duplicateKey, .rowCountMismatch:
            false
        }
    }
}
