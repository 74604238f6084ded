import ArgumentParser
import Ingest
import Warehouse

struct TenantTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Connects to tenants and says what is there.",
        discussion: "Names take the shell's *; without a name all tenants are tested. Exit status 3 when some fail.")

    @Argument(help: "Names or patterns of tenants.", completion: .custom { _, _, _ in await Completion.tenants() })
    var names: [String] = []

    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        let tenant: String
        let result: TenantTester?
        let error: Failure?
    }

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let (tenants, sources) = try await settings.warehouse().withSession {
            (try await Planner.tenants(Selection(tenants: names), $0), try await SourceRegister.all($0))
        }
        var documents: [Document] = []
        for tenant in tenants {
            do {
                let result = try await TenantTester.test(tenant, keys)
                if let refusal = result.refusal(sources[tenant.name]) { throw refusal }
                documents.append(Document(tenant: tenant.name, result: result, error: nil))
                if !global.json { StandardOutput.print(result.summary) }
            } catch let error where !(error is CancellationError) {
                let failure = Failure(error, on: .source)
                documents.append(Document(tenant: tenant.name, result: nil, error: failure))
                if !global.json { StandardError.write("\(tenant.name): \(failure)\n") }
            }
        }
        if global.json { try StandardOutput.writeJSON(documents) }
        let failed = documents.filter { $0.error != nil }.count
        if failed > 0 { throw failed == documents.count ? ExitStatus.failed : ExitStatus.partial }
    }
}
