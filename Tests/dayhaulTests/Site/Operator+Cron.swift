import SystemPackage
import TestKit
import Testing

/// A run of a job that has ended, as pg_cron notes it.
struct JobRun {
    let id: Int
    let status: String
    /// What the command returned, or the error that it ended with, in one line.
    let message: String
}

extension Operator {
    /// Whether the servers here have the extension: Debian's package postgresql-15-cron.
    static func hasCron() async throws -> Bool {
        try await SharedClusters.warehouse().psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'") == "1"
    }

    /// Runs `sql/cron.sql` as whadmin, as people do.
    func scheduleJobs() async throws {
        try await whadmin(try text(of: Self.file("cron.sql").string))
    }

    /// Makes a job run every minute, which is as often as pg_cron 1.4 can, and keeps its command.
    func runEveryMinute(_ job: String) async throws {
        try await whadmin("SELECT cron.schedule(jobname, '* * * * *', command) FROM cron.job WHERE jobname = '\(job)'")
    }

    /// What became of a job's runs, oldest first.
    func statuses(of job: String) async throws -> [String] {
        try await whadmin(
            "SELECT r.status FROM cron.job_run_details r JOIN cron.job j USING (jobid) WHERE j.jobname = '\(job)' ORDER BY r.runid"
        ).split(separator: "\n").map { String($0) }
    }

    /// The first run of a job to end of those that began after another.
    func run(of job: String, after earlier: Int = 0, within deadline: Duration = .seconds(100)) async throws -> JobRun {
        var ended: [Substring] = []
        try await eventually("a run of \(job)", within: deadline) {
            let row = try await whadmin(
                """
                SELECT r.runid, r.status, translate(coalesce(r.return_message, ''), E'|\\n', '  ') FROM cron.job_run_details r JOIN cron.job j USING (jobid)
                WHERE j.jobname = '\(job)' AND r.runid > \(earlier) AND r.status IN ('succeeded', 'failed') ORDER BY r.runid LIMIT 1
                """)
            ended = row.split(separator: "|", omittingEmptySubsequences: false)
            return ended.count == 3
        }
        return JobRun(id: Int(ended[0]) ?? 0, status: String(ended[1]), message: String(ended[2]))
    }
}

/// How pg_cron runs its jobs.
enum CronJobs: CaseIterable {
    /// As usual: over connections of its own, which nobody may ask a password of.
    case connections
    /// Within the server.
    case backgroundWorkers
}

/// As `withInitialisedOperator`, on a server of its own that has pg_cron in the warehouse's database; nothing is scheduled yet.
func withCronOperator(_ jobs: CronJobs = .connections, _ body: (Operator) async throws -> Void) async throws {
    try await SharedClusters.withCluster(settings: ["shared_preload_libraries": "pg_cron"]) { cluster in
        try await withInitialisedOperator(in: cluster) { boss in
            let access = "\(cluster.directory)/data/cron_hba.conf"
            try await cluster.psql(
                """
                COPY (VALUES ('local all all trust'), ('host all all 127.0.0.1/32 scram-sha-256')) TO :'access';
                ALTER SYSTEM SET hba_file = :'access';
                ALTER SYSTEM SET cron.host = :'socket';
                ALTER SYSTEM SET cron.use_background_workers = :workers;
                ALTER SYSTEM SET cron.database_name = :'database';
                """,
                variables: [
                    "access": access, "socket": cluster.socketDirectory ?? "", "workers": jobs == .backgroundWorkers ? "on" : "off",
                    "database": boss.warehouse.database,
                ])
            // Its launcher is told when the server starts.
            try await cluster.stop()
            try await cluster.start()
            try await boss.warehouse.psql(
                #"CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO :"admin""#, variables: ["admin": boss.roles[1]])
            try await body(boss)
        }
    }
}
