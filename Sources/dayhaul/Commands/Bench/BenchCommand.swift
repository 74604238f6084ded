import ArgumentParser
import Bench
import FoundationEssentials
import Glibc
import Ingest
import Postgres
import Sizing
import Warehouse

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures what loading takes here, for dayhaul size.",
        usage: "dayhaul bench [--output FILE] [--budget DURATION] [--tenant NAME …] [--report NAME …] [--days N] [<options>]",
        discussion: """
            Loads days of the warehouse's tenants and reports again and again: with 1, 2, 4 … streams, fewer days, fewer tenants, without \
            sources and without a warehouse; and counts for each stage what client, sources and warehouse use. Tenants are only read. What \
            is written goes to a database of its own beside the warehouse, made for each repetition and dropped after it, which takes a \
            login with CREATEDB and CREATEROLE.

            Every repetition is in the file as soon as it is done: Ctrl-C leaves a file that can be used, and nothing else.

              dayhaul bench --output bench.json
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
            "Days of each tenant, the newest that the warehouse has. Without it, as many as are loaded in a few seconds.",
            valueName: "number"))
    var days: Int?

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
        let isPlain = scratch.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
        guard (1...48).contains(scratch.utf8.count), isPlain else {
            throw ValidationError("--scratch is 1 to 48 lower-case letters, digits and underscores")
        }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let file = try MeasurementOutput(output)
        let target = try measuredServer(settings)
        let subject = try await Subject.own(
            of: try settings.warehouse(), keys: try settings.keys(), selection.selection, days: days, rows: rowsInBudget,
            mostStreams: streams)
        try await measure(subject, on: target, file, settings)
    }

    private func measure(_ subject: Subject, on target: Target, _ file: MeasurementOutput, _ settings: Settings) async throws {
        var options = Bench.Options()
        options.budget = .seconds(budget.seconds)
        options.rounds = repetitions
        let display = BenchDisplay(budget: options.budget, isQuiet: settings.logLevel < .info)
        let folder = try WorkFolder()
        defer { folder.remove() }
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
            print(BenchSummary(measurements, file: output).text)
        }
    }

    /// Rows of the usual load: three rounds of a dozen cells should fit into two thirds of the budget at a rate that small machines have, but no
    /// repetition needs to take more than some seconds.
    private var rowsInBudget: Int { Int(min(max(budget.seconds * 2 / 3 / 36 - 2, 0.5) * 100_000, 600_000)) }

    private func measuredServer(_ settings: Settings) throws -> Target {
        var target = Target(try target.map { try ConnectionParameters(conninfo: $0) } ?? settings.warehouseParameters())
        target.scratchName = scratch
        if let instanceClass, let found = try Catalogue.included().classes(named: [instanceClass]).first {
            target.machine = Target.RemoteMachine(name: found.name, cores: found.vcpus, memoryBytes: Int(found.memoryBytes))
        }
        return target
    }
}
