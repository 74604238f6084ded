/// The data that a demo tenant's database is filled with: SQL texts for psql, and how much of it.
public struct DemoSource: Sendable, Hashable {
    /// Makes the tables.
    public var schema: String
    /// Fills them; sees the psql variables `seed`, `first_day`, `days`, `rows_per_day` and `menu_copies`.
    public var generate: String
    /// The first day with data, `YYYY-MM-DD`.
    public var firstDay: String
    /// How many days have data.
    public var days: Int
    /// Facts a day.
    public var rowsPerDay: Int
    /// How often each item stands on a menu.
    public var menuCopies: Int

    /// A source; the texts are passed to psql as they are.
    public init(schema: String, generate: String, firstDay: String, days: Int, rowsPerDay: Int, menuCopies: Int) {
        self.schema = schema
        self.generate = generate
        self.firstDay = firstDay
        self.days = days
        self.rowsPerDay = rowsPerDay
        self.menuCopies = menuCopies
    }

    /// The variables for one tenant; each has a seed of its own.
    func variables(seed: Int) -> [String: String] {
        [
            "seed": String(seed), "first_day": firstDay, "days": String(days), "rows_per_day": String(rowsPerDay),
            "menu_copies": String(menuCopies),
        ]
    }

    /// Tells whether a tenant holds these data, without holding the texts: their lengths and the amounts.
    func fingerprint(seed: Int) -> String {
        let amounts = variables(seed: seed).sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        return (amounts + ["texts=\(schema.utf8.count)+\(generate.utf8.count)"]).joined(separator: " ")
    }
}
