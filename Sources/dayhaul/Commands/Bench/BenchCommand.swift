import ArgumentParser
import Bench
import Clusters
import FoundationEssentials
import Glibc
import Ingest
import Postgres
import Sizing
import Warehouse

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures what loading takes here, for dayhaul size.",
        usage: """
            dayhaul bench [--output FILE] [--budget DURATION] [--tenant NAME …] [--report NAME …] [--days N] [<options>]
            dayhaul bench --tenants N --rows-per-day N --days N [--output FILE] [--budget DURATION] [<options>]
            """,
        discussion: """
            Loads days of the warehouse's tenants and reports again and again: with 1, 2, 4 … streams, fewer days, fewer tenants, without \
            sources and without a warehouse; and counts for each stage what client, sources and warehouse use. Tenants are only read. What \
            is written goes to a database of its own beside the warehouse, made for each repetition and dropped after it, which takes a \
            login with CREATEDB and CREATEROLE.

            With --tenants and --rows-per-day it makes up tenants instead, in clusters of its own, of which it also varies rows a day, the \
            width of rows, cores, and (as root, with cgroup v1) what the warehouse's disk takes. They take no warehouse, only the \
            PostgreSQL server programs. With --target the warehouse's side is measured there.

            Every repetition is in the file as soon as it is done: Ctrl-C leaves a file that can be used, and nothing else.

              dayhaul bench
              dayhaul bench --tenants 40 --rows-per-day 20000 --days 2
              dayhaul size bench.json --tenants 40 --rows-per-day 20000 --days 2
            """)

    @Option(
        help: ArgumentHelp("The file to write; it must not be there yet.", valueName: "file"), completion: .file(extensions: ["json"]))
    var output = "bench.json"

    @Option(help: ArgumentHelp("How long it may take, as 10m or 1h.", valueName: "duration"))
    var budget = TimeSpan(seconds: 600)

    @Option(help: ArgumentHelp("How often each thing is measured, if the budget allows it; size wants 3 at least.", valueName: "number"))
    var repetitions = 5

    @Option(
        help: ArgumentHelp(
            "Days of each tenant, the newest that the warehouse has. Without it, as many as are loaded in a few seconds. Of synthetic tenants, the days of a night.",
            valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Make up tenants: how many.", valueName: "number"))
    var tenants: Int?

    @Option(help: ArgumentHelp("Rows of each day of a tenant that is made up.", valueName: "number"))
    var rowsPerDay: Int?

    @Option(
        help: ArgumentHelp(
            "Where the clusters of tenants that are made up live meanwhile; a new directory in /var/tmp without it.", valueName: "directory"
        ),
        completion: .directory)
    var directory: String?

    @Option(
        help: ArgumentHelp(
            "The most streams; 1, 2, 4 … up to it are measured. 4 without it, or 1 where a source is no replica.", valueName: "number"))
    var streams: Int?

    @Option(
        help: ArgumentHelp(
            "Connection string of the server that is measured, where that is not the warehouse's own.", valueName: "conninfo"))
    var target: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The class of the measured server, where that is another machine, as db.r6g.large.", valueName: "name"))
    var instanceClass: String?

    @Option(help: ArgumentHelp("The name of the database that is made and dropped.", valueName: "name"))
    var scratch = "dayhaul_bench"

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...100).contains(repetitions) else { throw ValidationError("--repetitions is 1 to 100") }
        guard days.map({ (1...366).contains($0) }) ?? true else { throw ValidationError("--days is 1 to 366") }
        guard streams.map({ (1...64).contains($0) }) ?? true else { throw ValidationError("--streams is 1 to 64") }
        guard (tenants == nil) == (rowsPerDay == nil), tenants == nil || days != nil else {
            throw ValidationError("tenants are made up with --tenants, --rows-per-day and --days together")
        }
        guard tenants.map({ (1...100_000).contains($0) }) ?? true, rowsPerDay.map({ (1...10_000_000).contains($0) }) ?? true else {
            throw ValidationError("--tenants is 1 to 100000, --rows-per-day 1 to 10000000")
        }
        guard tenants == nil || selection.tenant.isEmpty && selection.report.isEmpty else {
            throw ValidationError("--tenant and --report are of a warehouse, --tenants are made up: give one or the other")
        }
        guard directory == nil || tenants != nil else { throw ValidationError("--directory is for tenants that are made up") }
        let isPlain = scratch.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
        guard (1...48).contains(scratch.utf8.count), isPlain else {
            throw ValidationError("--scratch is 1 to 48 lower-case letters, digits and underscores")
        }
    }

    func run() async throws {
        let begin = ContinuousClock.now
        let settings = try await Settings(global)
        let file = try MeasurementOutput(output)
        if let tenants, let rowsPerDay, let days {
            return try await measure(SyntheticTenants(tenants: tenants, rowsPerDay: rowsPerDay, days: days), file, settings, since: begin)
        }
        let target = try measuredServer(try target.map { try ConnectionParameters(conninfo: $0) } ?? settings.warehouseParameters())
        let subject = try await Subject.own(
            of: try settings.warehouse(), keys: try settings.keys(), selection.selection, days: days, rows: rowsInBudget,
            mostStreams: streams)
        let folder = try WorkFolder()
        defer { folder.remove() }
        try await measure(subject, on: target, file, folder, settings, since: begin)
    }

    private func measure(
        _ wanted: SyntheticTenants, _ file: MeasurementOutput, _ settings: Settings, since begin: ContinuousClock.Instant
    ) async throws {
        let folder = try WorkFolder()
        defer { folder.remove() }
        let source = DemoSource(
            schema: text(PackageResources.schema_sql), generate: text(PackageResources.generate_sql), firstDay: "2025-09-01", days: 1,
            rowsPerDay: 1, menuCopies: 5)
        let isQuiet = settings.logLevel < .info
        let (subject, fleet) = try await Subject.synthetic(
            wanted, rows: rowsInBudget, mostStreams: streams, directory: directory ?? folder.path(of: "clusters"), source: source,
            template: text(PackageResources.template_foodlogstats_sql), keyFile: folder.path(of: "key"), makesWarehouse: target == nil
        ) { if !isQuiet { StandardError.write("  \($0.member): \($0.action.rawValue)\n") } }
        let result: Result<Void, any Error>
        do {
            let target = try target.map { try measuredServer(try ConnectionParameters(conninfo: $0)) } ?? Target(fleet)
            try await measure(subject, on: target, file, folder, settings, since: begin)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try fleet.destroy()
        try result.get()
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func measure(
        _ subject: Subject, on target: Target, _ file: MeasurementOutput, _ folder: WorkFolder, _ settings: Settings,
        since begin: ContinuousClock.Instant
    ) async throws {
        var options = Bench.Options()
        options.budget = .seconds(budget.seconds) - (.now - begin)
        options.rounds = repetitions
        let display = BenchDisplay(budget: options.budget, isQuiet: settings.logLevel < .info)
        let bench = Bench(subject, on: target, options, folder: folder.path, version: Dayhaul.version)
        do {
            try await bench.run(save: { try file.write($0) }, observer: { display.note($0) })
        } catch is CancellationError {
            display.finish()
            if file.last != nil { StandardError.write("what was measured until then is in \(output)\n") }
            throw CancellationError()
        }
        display.finish()
        guard let measurements = file.last else {
            throw SettingsError(
                message: "nothing could be measured within \(Quantity.seconds(budget.seconds))", hint: "give --budget more, or fewer --days"
            )
        }
        if global.json {
            try StandardOutput.writeJSON(BenchSummary(measurements, file: output))
        } else {
            StandardOutput.print(BenchSummary(measurements, file: output).text)
        }
    }

    /// Rows of the usual load: three rounds of a dozen cells should fit into two thirds of the budget at a rate that small machines have, but no
    /// repetition needs to take more than some seconds.
    private var rowsInBudget: Int { Int(min(max(budget.seconds * 2 / 3 / 36 - 2, 0.5) * 100_000, 600_000)) }

    private func measuredServer(_ server: ConnectionParameters) throws -> Target {
        var target = Target(server)
        target.scratchName = scratch
        if let instanceClass, let found = try Catalogue.included().classes(named: [instanceClass]).first {
            target.machine = Target.RemoteMachine(name: found.name, cores: found.vcpus, memoryBytes: Int(found.memoryBytes))
        }
        return target
    }
}
