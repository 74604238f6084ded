import CrashPoints
import PostgresBinary
import Reports
import Spill
import Warehouse

/// A day that lies whole in a spill file.
struct SpilledDay: Sendable {
    let day: PlannedDay
    let instants: Range<Int64>
    let file: SpillFile
}

/// Writes a slice's rows to one spill file a day.
final class SliceSpill: SliceSink {
    private final class DayFile {
        var writer: SpillWriter?
        init(_ writer: consuming SpillWriter) { self.writer = consume writer }
    }

    private let files: [DayFile]
    private let share: SpillShare
    private let directory: SpillDirectory

    /// Files for the days of `slice` in the folder of `run`; each begins with the header of a COPY BINARY stream. `plan` is the plan's
    /// identity.
    init(_ part: Plan.Part, _ slice: Plan.Slice, plan: String, run: String, _ directory: SpillDirectory, _ share: SpillShare) throws {
        self.share = share
        self.directory = directory
        // For people who look; what tells files apart is in them.
        let prefix = "\(part.report.name.filter { $0.isASCII && $0.isLetter }.prefix(20))-\(UInt64.random(in: 0 ... .max))"
        files = try slice.days.map { day in
            let identity = Self.identity(part, day.day, plan: plan)
            let name = "\(prefix)-\(day.day)"
            let writer = try directory.makeFile(run: run, name: name, identity: identity, share: share)
            return DayFile(writer)
        }
        var header = CopyBinaryWriter(capacity: 64)
        header.writeHeader()
        for file in files { try file.writer?.write(header.bytes) }
    }

    static func identity(_ part: Plan.Part, _ day: CalendarDate, plan: String) -> SpillIdentity {
        SpillIdentity(
            tenant: part.tenant.name, report: part.report.name, day: day.description, reportVersion: part.report.version,
            columns: part.report.columns.map(\.name), plan: plan)
    }

    /// Passes on blocks that are full.
    func drain(_ rows: DayRows) async throws {
        for day in files.indices where rows.blocks[day].writer.count >= SliceReader.blockBytes { try await write(day, rows) }
    }

    private func write(_ day: Int, _ rows: DayRows) async throws {
        let block = rows.blocks[day]
        guard block.writer.count > 0 else { return }
        try await share.reserve(block.writer.count)
        try files[day].writer?.write(block.writer.bytes)
        block.writer.removeAll()
    }

    /// Writes what is left, the trailers and the footers. All days are whole then, or there is no file.
    func finish(_ rows: DayRows, _ slice: Plan.Slice, state: SourceState) async throws -> [SpilledDay] {
        var spilled: [SpilledDay] = []
        do {
            for day in files.indices {
                rows.blocks[day].writer.writeTrailer()
                try await write(day, rows)
                guard let writer = files[day].writer.take() else { continue }
                let digest = rows.blocks[day].digest
                let file = try writer.finish(rows: digest.rows, digest: digest.description, sourcePosition: state.encoded)
                spilled.append(
                    SpilledDay(day: slice.days[day], instants: slice.bounds.instants[day]..<slice.bounds.instants[day + 1], file: file))
                CrashPoint.daySpilled.reach()
            }
        } catch {
            for day in spilled { try? directory.remove(run: day.file.run, name: day.file.name) }
            throw error
        }
        CrashPoint.sliceSpilled.reach()
        return spilled
    }
}
