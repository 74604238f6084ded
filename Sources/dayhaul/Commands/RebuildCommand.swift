import ArgumentParser
import Postgres
import Service
import Warehouse

struct RebuildCommand: GracefulCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Disaster recovery: reads every day that _wh knows and the warehouse has not, the newest first.",
        discussion: """
            For a warehouse of which only the schema _wh was restored:

              dayhaul sql roles | psql "$DAYHAUL_WAREHOUSE"   # roles are no part of a dump
              psql "$DAYHAUL_WAREHOUSE" -f wh_infrastructure.sql
              dayhaul init
              dayhaul rebuild

            Makes schemas, views and grants first, so that reports can be asked while they fill up, then puts a request a month, tenant and \
            report in the queue and works on it; a dayhaul worker beside it helps. Interrupted, it goes on where it was when it is \
            started again. A day whose rows are not those that the ledger knew, though source and report are the same, is named.

            SELECT * FROM _wh.rebuild_entire_warehouse() asks for the same, for workers to carry out.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Requests carried out at once; 4 by default.", valueName: "n"))
    var concurrency = 4

    @Flag(help: "Say what would be read, and change nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let outcome: String
        let days: Int
        let failedDays: Int
        let rows: Int
        let otherRows: Int
        let remaining: Int
    }

    func validate() throws {
        if concurrency < 1 { throw ValidationError("--concurrency must be 1 or more") }
    }

    func run(until stop: AsyncStream<Void>) async throws {
        let settings = try await Settings(global)
        if dryRun { return try await describe(settings) }
        // What cannot be opened is found before anything is asked for.
        _ = try settings.engine()
        let (failures, missing) = try await settings.warehouse().withSession { session in
            (try await Rebuild.request(session), try await Rebuild.missing(session))
        }
        for failure in failures { StandardError.write("dayhaul: \(failure)\n") }
        let display = RebuildDisplay(days: missing.days, level: settings.logLevel)
        var how = try settings.workerSettings()
        how.concurrency = concurrency
        how.drains = true
        try await settings.worker(how) { display.note($0) }.run(until: stop)
        try await report(display.sums, try await settings.warehouse().withSession { try await Rebuild.missing($0).days })
        if !failures.isEmpty { throw ExitStatus.partial }
    }

    private func report(_ sums: RebuildDisplay.Sums, _ remaining: Int) async throws {
        let outcome = remaining == 0 ? "done" : sums.days > 0 ? "partial" : "failed"
        if global.json {
            try StandardOutput.writeJSON(
                Document(
                    outcome: outcome, days: sums.days, failedDays: sums.failedDays, rows: sums.rows, otherRows: sums.otherRows,
                    remaining: remaining))
        } else {
            StandardOutput.print(
                "\(outcome): \(Quantity.of(sums.days, "day")), \(Quantity.count(sums.rows)) rows in \(Quantity.seconds(sums.seconds))"
                    + (sums.otherRows > 0 ? ", \(sums.otherRows) of them with other rows than the ledger knew" : ""))
            if remaining > 0 { StandardOutput.print("\(Quantity.of(remaining, "day")) left: dayhaul rebuild goes on with them") }
        }
        if remaining > 0 { throw sums.days > 0 ? ExitStatus.partial : ExitStatus.failed }
    }

    private func describe(_ settings: Settings) async throws {
        let missing = try await settings.warehouse().withSession { try await Rebuild.missing($0) }
        if global.json {
            return try StandardOutput.writeJSON(
                Document(outcome: "planned", days: 0, failedDays: 0, rows: missing.rows, otherRows: 0, remaining: missing.days))
        }
        StandardOutput.print(
            "would read \(Quantity.of(missing.days, "day")) of \(Quantity.of(missing.targets, "report")) of tenants, some \(Quantity.count(missing.rows)) rows"
        )
    }
}
