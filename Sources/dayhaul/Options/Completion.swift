import ArgumentParser
import Ingest
import Postgres
import Warehouse

/// Names for the shell: asked of the warehouse, which has a moment to answer. A shell that gets none shows none.
enum Completion {
    static func tenants() async -> [String] {
        await names { try await TenantCatalogue.all($0).map(\.name) }
    }

    static func reports() async -> [String] {
        await names { try await ReportCatalogue.all($0).map(\.name) }
    }

    static func keys() async -> [String] {
        do { return try await Settings(GlobalOptions.parse([])).keys().ids } catch { return [] }
    }

    private static func names(_ ask: (Connection) async throws -> [String]) async -> [String] {
        do {
            let configured = try await Settings(GlobalOptions.parse([])).warehouse()
            var parameters = configured.parameters
            parameters.deadlines.resolve = .seconds(2)
            parameters.deadlines.connect = .seconds(2)
            parameters.deadlines.progress = .seconds(2)
            return try await Warehouse(parameters, roles: configured.roles).withSession { try await ask($0) }
        } catch {
            return []
        }
    }
}
