import CrashPoints
import PostgresBinary
import Reports
import Spill
import Warehouse

/// What runs that died had read and not published.
struct Leftovers {
    /// Days that need not be read again.
    private(set) var jobs: [LoadJob] = []
    /// Their folders, which are this run's now.
    private(set) var folders: [String] = []

    /// Takes over the folders of dead runs, and of their files those that this run would have made itself: of the same plan and version of
    /// the report, of a day that the plan has and that was over when it was read, from the source that the tenant has now, and whole to
    /// the last byte. Of two files of a day the later snapshot is taken. Everything else in the folders is removed.
    init(of runs: [Int64], for plan: Plan, known: [String: SourcePosition], _ spill: SpillDirectory) {
        var best: [Key: LoadJob] = [:]
        for run in runs {
            let folder = RunContext.folder(of: run)
            guard let files = try? spill.adopt(run: folder) else { continue }
            folders.append(folder)
            for file in files {
                guard let (key, job) = Self.job(file, for: plan, known: known, spill) else {
                    try? spill.remove(run: folder, name: file.name)
                    continue
                }
                let (kept, dropped) =
                    if let other = best[key], !other.state.position.isBehind(job.state.position) { (other, job as LoadJob?) } else {
                        (job, best[key])
                    }
                best[key] = kept
                if let file = dropped?.read.file { try? spill.remove(run: file.run, name: file.name) }
            }
        }
        jobs = best.values.sorted { $0.read.day.day > $1.read.day.day }
        if !jobs.isEmpty { CrashPoint.leftoverAdopted.reach() }
    }

    /// The plan without the days that are here.
    func rest(of plan: Plan) -> Plan {
        let days = Set(jobs.map { Key(tenant: $0.part.tenant.name, report: $0.part.report.name, day: $0.read.day.day) })
        return plan.keeping { !days.contains(Key(tenant: $0.tenant.name, report: $0.report.name, day: $1)) }
    }

    private struct Key: Hashable {
        let tenant: String
        let report: String
        let day: CalendarDate
    }

    private static func job(
        _ file: SpillFile, for plan: Plan, known: [String: SourcePosition], _ spill: SpillDirectory
    ) -> (Key, LoadJob)? {
        guard let part = plan.parts.first(where: { $0.tenant.name == file.identity.tenant && $0.report.name == file.identity.report }),
            let day = CalendarDate(file.identity.day), let slice = part.slices.first(where: { $0.bounds.index(of: day) != nil }),
            let index = slice.bounds.index(of: day), file.identity == SliceSpill.identity(part, day, plan: plan.identity),
            let state = SourceState(encoded: file.sourcePosition),
            state.position.systemIdentifier == known[part.tenant.name]?.systemIdentifier,
            !state.isProvisional(dayEndingAt: slice.bounds.instants[index + 1]),
            (try? spill.openFile(file)) != nil
        else { return nil }
        let read = ReadDay(
            day: slice.days[index], instants: slice.bounds.instants[index]..<slice.bounds.instants[index + 1], content: .spilled(file))
        return (
            Key(tenant: part.tenant.name, report: part.report.name, day: day),
            LoadJob(part: part, read: read, state: state, start: .now)
        )
    }
}
