import ArgumentParser
import Clusters
import Glibc
import Ingest
import PostgresBinary
import Warehouse

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Starts local clusters with data and runs the job on them.",
        discussion: """
            Makes tenants, each a primary and its hot standby, and a warehouse, all on 127.0.0.1; fills the tenants; ingests 30 days of \
            all of them from the standbys; and says how to go on by hand. Needs the PostgreSQL server programs, and no warehouse or \
            setting of yours.

            Given again it uses what is there, and finishes what was interrupted. The servers run on until --stop; --destroy removes them.
            """)

    @Option(
        help: ArgumentHelp("Where the clusters live; /var/tmp/dayhaul-demo-UID by default.", valueName: "directory"), completion: .directory
    )
    var directory: String?

    @Option(help: ArgumentHelp("How many tenants.", valueName: "number"))
    var tenants = 3

    @Option(help: ArgumentHelp("Food logs a tenant and day.", valueName: "number"))
    var rowsPerDay = 5000

    @Option(help: ArgumentHelp("Days of data, from 2025-09-01 on.", valueName: "number"))
    var days = 30

    @Flag(help: "Stop the demo's servers and keep their data.")
    var stop = false

    @Flag(help: "Stop the demo's servers and remove all they have.")
    var destroy = false

    func validate() throws {
        guard (1...DemoFleet.tenantLimit).contains(tenants) else { throw ValidationError("--tenants is 1 to \(DemoFleet.tenantLimit)") }
        guard (1...3000).contains(days), (1...1_000_000).contains(rowsPerDay) else {
            throw ValidationError("--days is 1 to 3000, --rows-per-day 1 to 1000000")
        }
        guard !(stop && destroy) else { throw ValidationError("give --stop or --destroy") }
    }

    func run() async throws {
        let directory = directory ?? "/var/tmp/dayhaul-demo-\(getuid())"
        if destroy {
            try await DemoFleet.destroy(directory: directory)
            return StandardOutput.print("removed \(directory)")
        }
        if stop {
            guard let fleet = try await DemoFleet.begun(directory: directory) else {
                return StandardOutput.print("there is no demo in \(directory)")
            }
            try await fleet.stop { Self.say($0) }
            return StandardOutput.print("stopped; dayhaul \(again) starts it again, dayhaul \(again) --destroy removes it")
        }
        let first = CalendarDate(year: 2025, month: 9, day: 1) ?? .first
        let source = DemoSource(
            schema: text(PackageResources.schema_sql), generate: text(PackageResources.generate_sql), firstDay: first.description,
            days: days,
            rowsPerDay: rowsPerDay, menuCopies: 5)
        StandardError.write("bringing up tenants, each with a hot standby, and a warehouse in \(directory)\n")
        let fleet = try await DemoFleet.open(directory: directory, tenants: tenants, source: source) { Self.say($0) }
        let demo = Demo(fleet)
        try await demo.prepare(templates: [
            text(PackageResources.template_foodlogstats_sql), text(PackageResources.template_daily_store_summary_sql),
        ])
        let result = try await demo.ingest(.range(first, first + (days - 1)))
        ResultPrinter.print(result)
        if result.outcome == .interrupted { throw ExitStatus.interrupted }
        StandardOutput.print(try await demo.sample())
        StandardOutput.print(demo.instructions(from: first, to: first + (days - 1), again: again))
        if result.outcome != .done { throw ExitStatus.partial }
    }

    /// The command that finds the same demo.
    private var again: String { directory.map { "demo --directory '\($0)'" } ?? "demo" }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func say(_ step: DemoFleet.Step) {
        StandardError.write("  \(step.member): \(step.action.rawValue)\n")
    }
}
