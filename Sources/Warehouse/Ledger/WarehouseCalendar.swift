public import Postgres
public import PostgresBinary
public import Reports

/// Days as the warehouse sees them: its clock and its time zone database decide, never those of the machine that runs the engine.
public enum WarehouseCalendar {
    /// Today in a time zone.
    public static func today(in timeZone: String, _ connection: Connection) async throws -> CalendarDate {
        let text = try await connection.query("SELECT (now() AT TIME ZONE $1)::date", [timeZone]).scalar
        guard let today = text.flatMap({ CalendarDate($0) }) else {
            throw WarehouseError(.invalidName, "the warehouse does not say which day it is in \(timeZone)")
        }
        return today
    }

    /// The days from `first` up to but without `end`, with the instants at which they begin.
    public static func bounds(
        from first: CalendarDate, to end: CalendarDate, in timeZone: String, _ connection: Connection
    ) async throws -> DayBounds {
        let instants = try await connection.query(
            """
            SELECT (extract(epoch FROM d AT TIME ZONE $3) * 1000000)::bigint - 946684800000000
            FROM generate_series($1::timestamp, $2::timestamp, interval '1 day') d ORDER BY d
            """, [first.description, end.description, timeZone]
        ).values.compactMap { ($0.first ?? nil).flatMap { Int64($0) } }
        let days = (0..<max(first.distance(to: end), 0)).map { first + $0 }
        guard let bounds = DayBounds(days: days, instants: instants) else {
            throw WarehouseError(.invalidName, "the days from \(first) to \(end) cannot be told apart in \(timeZone)")
        }
        return bounds
    }
}
