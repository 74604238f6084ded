/// What a spill file is of. A file is loaded only when its identity equals, field for field, the one the loader expects.
public struct SpillIdentity: Hashable, Sendable {
    /// The tenant's name.
    public var tenant: String
    /// The report's name.
    public var report: String
    /// The day, as ISO 8601 text (`2025-09-01`).
    public var day: String
    /// The version of the report that made the rows, for instance a template's hash.
    public var reportVersion: String
    /// The warehouse table's columns, in the order of the fields of a row.
    public var columns: [String]
    /// What the run was asked for; equal for runs that do the same, so that one may go on with what another left.
    public var plan: String

    /// An identity of these fields.
    public init(tenant: String, report: String, day: String, reportVersion: String, columns: [String], plan: String) {
        self.tenant = tenant
        self.report = report
        self.day = day
        self.reportVersion = reportVersion
        self.columns = columns
        self.plan = plan
    }

    /// The first field in which the two differ, by its name in the footer.
    func firstDifference(from other: SpillIdentity) -> String? {
        if tenant != other.tenant { return "tenant" }
        if report != other.report { return "report" }
        if day != other.day { return "day" }
        if reportVersion != other.reportVersion { return "report version" }
        if columns != other.columns { return "columns" }
        if plan != other.plan { return "plan" }
        return nil
    }
}
