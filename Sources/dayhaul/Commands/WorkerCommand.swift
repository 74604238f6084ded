import ArgumentParser
import Service

struct WorkerCommand: GracefulCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Carries out what SQL functions and pg_cron asked for, until it is stopped.",
        usage: "dayhaul worker [--concurrency N] [--drain] [<options>]",
        discussion: """
            Requests are made in psql, and seen there:

              -- returns at once
              SELECT _wh.update_mv_by_template(
                  'foodlogstats', 'tenant_a', 'tenant_a', '2025-09-24');
              -- waits
              CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-30');
              SELECT * FROM _wh.requests;

            Several workers may run at once, on one machine or on many. A request of more days than a slice has comes back to the queue after \
            each slice, so that today of one tenant does not wait for last year of another. What a worker that was killed had taken is \
            taken up by another once its lease is over.

            SIGTERM or Ctrl-C: no more requests are taken; what is under way has the grace to finish and is handed back then, without an \
            attempt being counted. Exit status 0. A second signal ends at once.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Requests carried out at once; 2 by default (DAYHAUL_WORKER_CONCURRENCY).", valueName: "n"))
    var concurrency: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds for which a request stays a worker's that is not heard of; 60 by default (DAYHAUL_WORKER_LEASE_SECONDS).",
            valueName: "seconds"))
    var lease: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds that work under way may go on after SIGTERM; 30 by default (DAYHAUL_WORKER_GRACE_SECONDS).", valueName: "seconds"))
    var grace: Int?

    @Flag(help: "End when nothing is left in the queue: for a job of Kubernetes, ECS or AWS Batch.")
    var drain = false

    private struct Document: Encodable {
        let outcome: String
        let requests: Int
        let days: Int
        let failedDays: Int
        let rows: Int
    }

    func validate() throws {
        for (name, value) in [("--concurrency", concurrency), ("--lease", lease)] {
            if let value, value < 1 { throw ValidationError("\(name) must be 1 or more") }
        }
        if let grace, grace < 0 { throw ValidationError("--grace must not be below 0") }
    }

    func run(until stop: AsyncStream<Void>) async throws {
        let settings = try await Settings(global)
        var how = try settings.workerSettings()
        if let concurrency { how.concurrency = concurrency }
        if let lease { how.lease = .seconds(lease) }
        if let grace { how.grace = .seconds(grace) }
        how.drains = drain
        let display = WorkerDisplay(level: settings.logLevel)
        try await settings.worker(how) { display.note($0) }.run(until: stop)
        let sums = display.sums
        if global.json {
            try StandardOutput.writeJSON(
                Document(
                    outcome: sums.failedDays == 0 ? "done" : "partial", requests: sums.requests, days: sums.days,
                    failedDays: sums.failedDays,
                    rows: sums.rows))
        } else {
            StandardError.write(
                "worker ended: \(Quantity.of(sums.requests, "request")), \(Quantity.of(sums.days, "day")), \(Quantity.count(sums.rows)) rows\n"
            )
        }
    }
}
