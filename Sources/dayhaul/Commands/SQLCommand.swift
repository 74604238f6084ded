import ArgumentParser

struct SQLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Prints SQL files that come with the program: templates of reports, pg_cron jobs, roles.",
        usage: "dayhaul sql [NAME]",
        discussion: """
            Without a name it lists them. make install puts them into share/dayhaul, too.

              dayhaul sql template-foodlogstats | psql "$DAYHAUL_WAREHOUSE"
            """)

    /// The files as they are in the repository.
    private static let files: [(name: String, about: String, text: [UInt8])] = [
        (
            "template-foodlogstats", "the report foodlogstats, native, with the query that it is compared with",
            PackageResources.template_foodlogstats_sql
        ),
        (
            "template-daily-store-summary", "the report daily_store_summary, a row a store and day",
            PackageResources.template_daily_store_summary_sql
        ),
        ("cron", "hourly and nightly jobs for pg_cron, to run as whadmin", PackageResources.cron_sql),
        ("roles", "the warehouse's roles alone, to run before _wh is restored from a dump", PackageResources.roles_sql),
    ]

    @Argument(help: "One of the names that dayhaul sql lists.", completion: .list(files.map(\.name)))
    var name: String?

    func validate() throws {
        guard let name, !Self.files.contains(where: { $0.name == name }) else { return }
        let meant = Spelling.nearest(to: name, among: Self.files.map(\.name)).map { "did you mean \($0)? " } ?? ""
        throw ValidationError("there is no file \(name): \(meant)there are \(Self.files.map(\.name).joined(separator: ", "))")
    }

    func run() throws {
        if let file = Self.files.first(where: { $0.name == name }) {
            return print(String(decoding: file.text, as: UTF8.self), terminator: "")
        }
        var table = TextTable(("name", .left), ("", .left))
        for file in Self.files { table.add(file.name, file.about) }
        StandardOutput.print(table.text)
    }
}
