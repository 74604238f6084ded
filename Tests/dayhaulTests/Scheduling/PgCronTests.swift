import CrashPoints
import FoundationEssentials
import Glibc
import TestKit
import Testing

@Suite(
    "pg_cron", .timeLimit(.minutes(6)),
    .enabled("pg_cron is not installed (Debian: postgresql-15-cron)") { try await Operator.hasCron() })
struct PgCronTests {
    /// A scheduled warehouse, and a tenant with rows today, yesterday and the day before.
    private func withJobs(_ jobs: CronJobs = .connections, _ body: (Operator, TenantSource) async throws -> Void) async throws {
        try await withTenantSource(days: 3) { source in
            try await source.primary.psql(
                """
                UPDATE phood_foodlogsum
                SET logged_time = logged_time + ((now() AT TIME ZONE 'UTC')::date - 2 - date '\(TenantSource.firstDay)') * interval '1 day'
                """)
            try await source.replay()
            try await withCronOperator(jobs) { boss in
                try await boss.add("tenant_a", source)
                try await boss.scheduleJobs()
                try await body(boss, source)
            }
        }
    }

    @Test(
        "a job that went well has succeeded and its days are loaded; one that did not says of which tenant and why",
        arguments: CronJobs.allCases)
    func outcomes(_ jobs: CronJobs) async throws {
        try await withJobs(jobs) { boss, source in
            try await boss.worker { _ in
                try await boss.runEveryMinute("dayhaul hourly")
                let good = try await boss.run(of: "dayhaul hourly")
                #expect(good.status == "succeeded" && good.message.hasPrefix("CALL"), "\(good)")
                let loaded = try await boss.ask("SELECT current_date - day, rows FROM _wh.ledger ORDER BY day")
                #expect(loaded == "1|200\n0|200")
                #expect(try await boss.ask("SELECT DISTINCT requested_by FROM _wh.requests") == boss.roles[1])

                try await source.primary.psql(#"REVOKE SELECT ON phood_foodlogsum FROM :"reader""#, variables: ["reader": source.reader])
                try await source.replay()
                let bad = try await boss.run(of: "dayhaul hourly", after: good.id)
                #expect(bad.status == "failed", "\(bad)")
                for word in ["1 of 1 requests did not succeed", "tenant_a foodlogstats", "permission denied for table phood_foodlogsum"] {
                    #expect(bad.message.contains(word), "\(bad.message)")
                }
                // What people look at.
                let jobs = try await boss.whadmin("SELECT jobid, schedule, command, jobname, active FROM cron.job;")
                #expect(jobs.contains("|CALL _wh.run_nightly()|dayhaul nightly|t"))
                let history = try await boss.whadmin(
                    """
                    SELECT j.jobname, r.status, r.start_time, r.end_time, r.return_message
                    FROM cron.job j
                    LEFT JOIN cron.job_run_details r ON j.jobid = r.jobid
                    ORDER BY r.start_time DESC LIMIT 10;
                    """)
                #expect(history.contains("dayhaul hourly|succeeded|"))
                let failures = try await boss.whadmin(
                    """
                    SELECT j.jobname, r.status, r.return_message, r.start_time
                    FROM cron.job j
                    JOIN cron.job_run_details r ON j.jobid = r.jobid
                    WHERE r.status != 'succeeded'
                      AND r.start_time > NOW() - INTERVAL '24 hours';
                    """)
                #expect(failures.contains("dayhaul hourly|failed|") && failures.contains("tenant_a"), "\(failures)")
            }
        }
    }

    @Test("a job that takes longer than its period does not pile up, and what waited is carried out (fault 60)")
    func slowJob() async throws {
        try await withJobs { boss, _ in
            let point = try #require(CrashPoint.variable)
            try await boss.worker("--lease", "300", environment: [point: "source.reading:stop"]) { worker in
                try await boss.whadmin("SELECT cron.schedule('minute', '* * * * *', 'SELECT 1')")
                try await boss.runEveryMinute("dayhaul hourly")
                try await worker.wait(for: "the job's request") { worker.isStopped }
                // A minute later the job is due again, as this one is.
                _ = try await boss.run(of: "minute", after: try await boss.run(of: "minute").id)
                #expect(try await boss.statuses(of: "dayhaul hourly") == ["running"])
                for _ in 0..<3 { try await boss.whadmin("SELECT _wh.request_today()") }
                #expect(try await boss.requests() == "1|running\n2|queued")
                try await eventually("the job to be started once more, and to end", within: .seconds(90)) {
                    // It stops again with each request.
                    worker.send(SIGCONT)
                    return try await boss.statuses(of: "dayhaul hourly").prefix(2) == ["succeeded", "succeeded"]
                }
                #expect(try await boss.whadmin("SELECT state FROM _wh.requests WHERE id <= 2") == "done\ndone")
            }
        }
    }

    @Test("a run that is missed because the server is down is made good by the next one (fault 60)")
    func missedRun() async throws {
        try await withJobs { boss, source in
            // Not counted from today, which may be another day when the test ends.
            let first = try await source.primary.psql("SELECT min(logged_time)::date FROM phood_foodlogsum")
            #expect(try await boss.dayhaul("ingest", "--from", first, "--to", first).status == .exited(0))
            try await boss.worker { _ in
                // Far enough ahead that the server is down by then.
                let due = try await boss.whadmin(
                    """
                    WITH m AS (SELECT date_trunc('minute', now() AT TIME ZONE 'UTC' + interval '70 seconds') AS at)
                    SELECT cron.schedule('dayhaul nightly', to_char(at, 'MI HH24') || ' * * *', command), extract(epoch FROM at)::bigint
                    FROM m, cron.job WHERE jobname = 'dayhaul nightly'
                    """
                ).split(separator: "|").last.flatMap { Int($0) }
                let time = try #require(due)
                try await boss.warehouse.cluster.stop()
                try await eventually("the time of the job", within: .seconds(80)) { Int(Date().timeIntervalSince1970) > time + 1 }
                try await boss.warehouse.cluster.start()
                try await boss.runEveryMinute("dayhaul nightly")
                let next = try await boss.run(of: "dayhaul nightly")
                #expect(next.status == "succeeded", "\(next)")
                let loaded = try await boss.ask("SELECT day - date '\(first)', rows FROM _wh.ledger WHERE rows > 0 ORDER BY day")
                #expect(loaded == "0|200\n1|200\n2|200")
            }
        }
    }

    @Test("the file can be run again; others have no access, and whadmin sees its own jobs and schedules as nobody else")
    func access() async throws {
        try await withCronOperator { boss in
            try await boss.scheduleJobs()
            try await boss.scheduleJobs()
            try await boss.warehouse.psql("SELECT cron.schedule('vacuum', '0 4 * * *', 'VACUUM')")
            let jobs = try await boss.whadmin("SELECT jobname, username FROM cron.job ORDER BY jobname")
            #expect(jobs == ["history", "hourly", "nightly"].map { "dayhaul \($0)|\(boss.roles[1])" }.joined(separator: "\n"))
            let me = boss.login
            for statement in [
                "SELECT cron.schedule_in_database('x', '* * * * *', 'SELECT 1', current_database(), '\(me)')",
                "SELECT cron.alter_job(jobid, username := '\(me)') FROM cron.job", "UPDATE cron.job SET username = '\(me)'",
                "INSERT INTO cron.job (schedule, command, username) VALUES ('* * * * *', 'SELECT 1', '\(me)')",
            ] {
                let refused = await #expect(throws: ClusterError.self, "\(statement)") { try await boss.whadmin(statement) }
                #expect(refused?.sqlstate == "42501", "\(statement): \(String(describing: refused))")
            }
            // Not there, as far as whadmin can see.
            await #expect(throws: ClusterError.self) { try await boss.whadmin("SELECT cron.unschedule('vacuum')") }
            for role in boss.roles[2...3] {
                for statement in ["SELECT * FROM cron.job", "SELECT cron.schedule('x', '* * * * *', 'SELECT 1')"] {
                    let refused = await #expect(throws: ClusterError.self) {
                        try await boss.warehouse.psql(#"SET ROLE :"role"; \#(statement)"#, variables: ["role": role])
                    }
                    #expect(refused?.sqlstate == "42501", "\(role): \(String(describing: refused))")
                }
            }
            // The history goes when it is two weeks old, whadmin's own.
            let history = """
                INSERT INTO cron.job_run_details (jobid, runid, username, status, start_time, end_time)
                SELECT 1, n, CASE WHEN n < 4 THEN :'admin' ELSE 'postgres' END, 'succeeded', t, t
                FROM (VALUES (1, now() - interval '15 days'), (2, now() - interval '13 days'), (3, now()), (4, now() - interval '15 days')) v(n, t);
                """
            try await boss.warehouse.psql(history, variables: ["admin": boss.roles[1]])
            try await boss.whadmin("SELECT command FROM cron.job WHERE jobname = 'dayhaul history' \\gexec")
            #expect(try await boss.warehouse.psql("SELECT runid FROM cron.job_run_details ORDER BY runid") == "2\n3\n4")
        }
    }
}
