import ArgumentParser

/// The command line: parses, builds a request, prints a result.
struct Dayhaul: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "dayhaul",
        abstract: "Loads a multi-tenant PostgreSQL warehouse from its tenants' read replicas.",
        discussion: """
            A first load, with the warehouse in DAYHAUL_WAREHOUSE:

              dayhaul init
              dayhaul tenant add tenant_a --host replica.example --dbname production \\
                      --username reader --password-stdin < pw
              dayhaul sql template-foodlogstats | psql "$DAYHAUL_WAREHOUSE"
              dayhaul plan   --from 2025-09-01 --to 2025-09-30
              dayhaul ingest --from 2025-09-01 --to 2025-09-30

            To see it all at work on local clusters: dayhaul demo

            Exit status: 0 all done, 1 nothing could be done, 2 bad usage or configuration, 3 some tenants or days failed and the \
            others are done, 130 interrupted.
            """,
        version: "dayhaul \(version)",
        groupedSubcommands: [
            CommandGroup(name: "Every night", subcommands: [RunCommand.self, WorkerCommand.self, StatusCommand.self]),
            CommandGroup(
                name: "By hand",
                subcommands: [PlanCommand.self, IngestCommand.self, VerifyCommand.self, DayCommand.self, RebuildCommand.self]),
            CommandGroup(name: "Size", subcommands: [BenchCommand.self, SizeCommand.self]),
            CommandGroup(
                name: "Set up",
                subcommands: [InitCommand.self, TenantCommand.self, KeyCommand.self, ReportCommand.self, SQLCommand.self, DemoCommand.self]),
        ])
}
