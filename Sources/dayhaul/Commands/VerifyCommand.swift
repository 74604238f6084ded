import ArgumentParser
import Ingest
import Warehouse

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares warehouse days with the source: OK, DIFFERS, MISSING, PROVISIONAL.",
        usage: "dayhaul verify (--from DAY --to DAY | --last N) [--tenant NAME …] [--report NAME …] [--repair] [<options>]",
        discussion: """
            Reads the days from the tenants again and compares them with the ledger and with the rows of their tables as they stand, which \
            somebody may have changed by hand. Of a day that differs the rows are counted: missing from the warehouse, extra there, and \
            changed (the same key_columns, other values). PROVISIONAL is a day that was read before the replica had all of it: the next \
            run reads it again.

            Writes nothing, unless --repair: then exactly the days that are not as in the source are ingested again. Exit status 3 when a \
            day differs, is missing or could not be compared, and was not repaired.

              dayhaul verify --from 2025-09-01 --to 2025-09-30 --repair
            """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Ingest the days again that are not as in the source.")
    var repair = false

    @Flag(help: "With --repair: publish days that lost more of their rows than their report allows (max_shrink).")
    var acceptShrink = false

    @Flag(help: "With --repair: print the plan of the repair, and stop.")
    var dryRun = false

    private struct Document: Encodable {
        let days: [DayState]
        /// What `ingest --json` prints; only after a repair.
        let repair: RunResult?
    }

    func validate() throws {
        guard repair || !(acceptShrink || dryRun) else { throw ValidationError("--accept-shrink and --dry-run go with --repair") }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let plan = try await PlanCommand.plan(range.days, selection, confirmed: range.confirmation.yes || !repair, settings)
        let verifier = Verifier(
            try settings.warehouse(), keys: try settings.keys(), spill: try settings.spillDirectory(), limits: settings.limits)
        let showsProgress = settings.logLevel >= .info && StandardError.isTerminal
        let states = try await verifier.verify(plan) { state in
            if showsProgress { StandardError.write("\(state.tenant) \(state.report) \(state.day) \(state.state.rawValue)\n") }
        }
        for error in plan.unusable { StandardError.write("dayhaul: \(error)\n") }
        for days in plan.leftOut { StandardError.write("\(days)\n") }
        if !global.json { StandardOutput.print(VerifyTable.text(states)) }
        let repaired = repair ? try await repairing(plan.repairing(states), settings) : nil
        if global.json, !dryRun { try StandardOutput.writeJSON(Document(days: states, repair: repaired)) }
        if let status = status(states, repaired, isUsable: plan.unusable.isEmpty) { throw status }
    }

    private func repairing(_ plan: Plan, _ settings: Settings) async throws -> RunResult? {
        if dryRun {
            try PlanPrinter.print(plan, json: global.json)
            return nil
        }
        guard plan.dayCount > 0 else { return nil }
        var options = RunOptions()
        options.distrustsLedger = true
        options.acceptsShrink = acceptShrink
        let result = try await RunSession.carryOut(
            plan, as: .ingest, with: try settings.engine(), options, isQuiet: settings.logLevel < .info)
        if !global.json { ResultPrinter.print(result) }
        return result
    }

    private func status(_ states: [DayState], _ repaired: RunResult?, isUsable: Bool) -> ExitStatus? {
        let wrong = states.filter(\.isWrong)
        let failed = wrong.filter { $0.state == .failed }
        if !states.isEmpty, failed.count == states.count { return .failed }
        if let repaired { return repaired.exitStatus ?? (failed.isEmpty && isUsable ? nil : .partial) }
        return wrong.isEmpty && isUsable ? nil : .partial
    }
}
