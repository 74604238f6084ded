import Ingest
import Warehouse

/// Plans, carries the plan out, and says what became of it: what `ingest` and `run` have in common.
struct RunSession {
    let kind: RunLog.Kind
    let days: Planner.Days
    let selection: SelectionOptions
    let global: GlobalOptions
    let dryRun: Bool
    var distrustsLedger = false

    func run() async throws {
        let settings = try await Settings(global)
        let plan = try await PlanCommand.plan(days, selection, settings)
        if dryRun { return try PlanPrinter.print(plan, json: global.json) }
        let engine = try settings.engine()
        let result = try await Self.carryOut(
            plan, as: kind, with: engine, distrustsLedger: distrustsLedger, isQuiet: settings.logLevel < .info)
        if global.json { try StandardOutput.writeJSON(result) } else { ResultPrinter.print(result) }
        switch result.outcome {
        case .done: return
        case .partial: throw ExitStatus.partial
        case .failed: throw ExitStatus.failed
        case .interrupted: throw ExitStatus.interrupted
        }
    }

    /// Runs the engine under a progress display.
    static func carryOut(_ plan: Plan, as kind: RunLog.Kind, with engine: Engine, distrustsLedger: Bool = false, isQuiet: Bool) async throws
        -> RunResult
    {
        let display = ProgressDisplay(plan, isQuiet: isQuiet)
        return try await withThrowingTaskGroup(of: RunResult?.self) { group in
            group.addTask {
                await display.run()
                return nil
            }
            group.addTask { try await engine.run(plan, as: kind, distrustsLedger: distrustsLedger) { display.note($0) } }
            defer {
                group.cancelAll()
                display.finish()
            }
            while let next = try await group.next() {
                if let next { return next }
            }
            throw CancellationError()
        }
    }
}
