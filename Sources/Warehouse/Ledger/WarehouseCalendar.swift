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
        guard let bounds = try await bounds(of: [first...max(first, end - 1)], in: timeZone, connection).first else {
            throw indistinct(first, end - 1, timeZone)
        }
        return bounds
    }

    /// Runs of days, each with the instants at which its days begin, in the order given; one question, however many
    /// there are.
    public static func bounds(
        of runs: [ClosedRange<CalendarDate>], in timeZone: String, _ connection: Connection
    ) async throws -> [DayBounds] {
        guard !runs.isEmpty else { return [] }
        let rows = try await connection.query(
            """
            SELECT run, (extract(epoch FROM d::timestamp AT TIME ZONE $3) * 1000000)::bigint - 946684800000000
            FROM json_array_elements_text($1) WITH ORDINALITY AS firsts(first, run)
            JOIN json_array_elements_text($2) WITH ORDINALITY AS lasts(last, run) USING (run)
            CROSS JOIN LATERAL (SELECT first::date + n AS d FROM generate_series(0, last::date - first::date + 1) n) days ORDER BY run, d
            """, [json(runs.map(\.lowerBound.description)), json(runs.map(\.upperBound.description)), timeZone]
        ).values
        var instants = [[Int64]](repeating: [], count: runs.count)
        for row in rows {
            guard row.count == 2, let run = row[0].flatMap({ Int($0) }), let instant = row[1].flatMap({ Int64($0) }),
                instants.indices.contains(run - 1)
            else { continue }
            instants[run - 1].append(max(instant, instants[run - 1].last ?? .min))
        }
        return try zip(runs, instants).map { run, instants in
            guard let bounds = DayBounds(days: Array(run), instants: instants) else {
                throw indistinct(run.lowerBound, run.upperBound, timeZone)
            }
            return bounds
        }
    }

    private static func indistinct(_ first: CalendarDate, _ last: CalendarDate, _ timeZone: String) -> WarehouseError {
        WarehouseError(
            .invalidName, "the warehouse does not say when the days from \(first) to \(last) begin in \(timeZone)",
            hint: "time_zone is an IANA name such as America/Chicago")
    }
}
