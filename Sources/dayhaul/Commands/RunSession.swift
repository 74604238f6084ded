import Ingest
import Warehouse

/// Plans, carries the plan out, and says what became of it: what `ingest` and `run` have in common.
struct RunSession {
    let kind: RunLog.Kind
    let days: Planner.Days
    let selection: SelectionOptions
    let global: GlobalOptions
    let dryRun: Bool
    /// Whether days that look mistyped are meant.
    var confirmed = false
    var options = RunOptions()

    func run() async throws {
        let settings = try await Settings(global)
        let plan = try await PlanCommand.plan(days, selection, confirmed: confirmed, settings)
        if dryRun { return try PlanPrinter.print(plan, json: global.json) }
        // The nightly run need not say every night what was dropped once.
        if days != .due { for days in plan.leftOut { StandardError.write("\(days)\n") } }
        let engine = try settings.engine()
        let result = try await Self.carryOut(plan, as: kind, with: engine, options, isQuiet: settings.logLevel < .info)
        if global.json { try StandardOutput.writeJSON(result) } else { ResultPrinter.print(result) }
        if let status = result.exitStatus { throw status }
    }

    /// Runs the engine under a progress display.
    static func carryOut(
        _ plan: Plan, as kind: RunLog.Kind, with engine: Engine, _ options: RunOptions = RunOptions(), isQuiet: Bool
    ) async throws -> RunResult {
        let display = ProgressDisplay(plan, isQuiet: isQuiet)
        return try await withThrowingTaskGroup(of: RunResult?.self) { group in
            group.addTask {
                await display.run()
                return nil
            }
            group.addTask { try await engine.run(plan, as: kind, options) { display.note($0) } }
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

extension RunResult {
    /// Nil for a run that is done.
    var exitStatus: ExitStatus? {
        switch outcome {
        case .done: nil
        case .partial: .partial
        case .failed: .failed
        case .interrupted: .interrupted
        }
    }
}
