import ArgumentParser
import Ingest
import Postgres
import SQLText
import Warehouse

struct TenantSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a tenant's connection or password, or seals passwords again.",
        discussion: """
            What is not given stays. A changed connection or password is tried before it is stored, unless --no-test is given. The sealed password is bound to host, port, database and user, and is sealed again for the new ones; \
            --reseal seals it with the first key of the key file, which is how keys are rotated, and takes several tenants and patterns. \
            Exit status 3 when some of them fail.

            The days of a tenant come from one database system. When its replica turns out to belong to another, nothing is read until \
            --accept-source says that this is meant.

              dayhaul tenant set tenant_a --host replica2.example
              # while it has no days; later: dayhaul tenant move
              dayhaul tenant set tenant_a --schema reports
              dayhaul tenant set tenant_a --accept-source
              dayhaul tenant set tenant_a --password-stdin < new-pw
              dayhaul tenant set --reseal '*'
            """)

    @OptionGroup var tenants: TenantsArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var password: PasswordOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Seal the password again with the key file's first key.")
    var reseal = false

    @Flag(help: "Connect, and take the database system that answers for the tenant's from here on.")
    var acceptSource = false

    @Flag(help: "Store it even though the tenant cannot be reached now.")
    var noTest = false

    @Flag(help: "Say what the tenant would be, and change nothing.")
    var dryRun = false

    /// Whether anything is given that only one tenant can have.
    private var isAboutOne: Bool { !connection.isEmpty || !password.isEmpty || acceptSource }

    /// Whether anything is given that decides whether its replica lets the engine in.
    private var isAboutLogin: Bool { connection.isAboutLogin || !password.isEmpty }

    func validate() throws {
        guard isAboutOne || reseal else { throw ValidationError("nothing to change: give what is to change, or --reseal") }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let given = try password.source()
        let (changes, source) = try await settings.warehouse().withSession { session in
            let selected = try await tenants.selected(session)
            guard isAboutOne else { return (try await reseal(selected, keys, session), nil as TenantTester?) }
            guard selected.count == 1, let tenant = selected.first else {
                throw ValidationError("\(selected.count) tenants are meant: only --reseal can be for several")
            }
            let (changed, source) = try await change(tenant, given, keys, session)
            return ([TenantChange(changed)], source)
        }
        if global.json {
            try StandardOutput.writeJSON(changes)
        } else {
            if let source { StandardOutput.print(source.summary) }
            for change in changes { say(change, isTested: source != nil) }
        }
        let failed = changes.filter { $0.error != nil }.count
        if failed > 0 { throw failed == changes.count ? ExitStatus.failed : ExitStatus.partial }
    }

    private func change(
        _ before: Tenant, _ given: PasswordSource?, _ keys: KeyRing, _ session: Connection
    ) async throws -> (Tenant, TenantTester?) {
        var after = before
        connection.apply(to: &after)
        try ConnectionOptions.check(after)
        try after.seal(try given ?? before.passwordSource(keys), with: keys)
        let answer = acceptSource || !noTest && isAboutLogin ? try await TenantTester.test(after, keys) : nil
        let known = try await SourceRegister.all(session)[after.name]
        if !acceptSource, let refusal = answer?.refusal(known) {
            throw WarehouseError(.unknownSource, refusal.message, hint: "if that is meant, give --accept-source too")
        }
        if after.schema != before.schema {
            try await TenantMove.changeSchema(of: before, to: after.schema, dryRun: dryRun, session)
        }
        SharedSource.warn(about: after, among: try await TenantCatalogue.all(session))
        if !dryRun {
            try await TenantCatalogue.update(after, session)
            if acceptSource, let answer { try await SourceRegister.accept(try answer.knownPosition(), of: after.name, session) }
        }
        return (after, answer)
    }

    /// Each tenant by itself: one whose password does not open keeps none of the others from it.
    private func reseal(_ selected: [Tenant], _ keys: KeyRing, _ session: Connection) async throws -> [TenantChange] {
        var changes: [TenantChange] = []
        for tenant in selected {
            do {
                if dryRun { _ = try tenant.passwordSource(keys) }
                changes.append(TenantChange(dryRun ? tenant : try await TenantCatalogue.reseal(tenant.name, keys, session)))
            } catch let error as WarehouseError {
                changes.append(TenantChange(tenant.name, error))
            }
        }
        return changes
    }

    private func say(_ change: TenantChange, isTested: Bool) {
        if let error = change.error { return StandardError.write("\(change.tenant): \(error)\n") }
        let next = isAboutOne && !isTested ? "; next: dayhaul tenant test \(Shell.word(change.tenant))" : ""
        let done = isAboutOne ? "changed tenant" : "sealed again the password of tenant"
        StandardOutput.print(dryRun ? "would have \(done) \(change.tenant)" : "\(done) \(change.tenant)\(next)")
    }
}
