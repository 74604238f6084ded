import ArgumentParser
import Ingest

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares warehouse days with the source: OK, DIFFERS, MISSING.",
        usage: "dayhaul verify --from DAY --to DAY [--tenant NAME …] [--report NAME …] [<options>]",
        discussion: """
            Reads the days from the tenants again and compares them with the ledger and with the rows of their tables as they stand. \
            Writes nothing. Exit status 3 when a day differs, is missing or could not be compared.
            """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        let days: [DayState]
    }

    func run() async throws {
        let settings = try await Settings(global)
        let plan = try await PlanCommand.plan(range.days, selection, settings)
        let verifier = Verifier(try settings.warehouse(), keys: try settings.keys(), limits: settings.limits)
        let showsProgress = settings.logLevel >= .info && StandardError.isTerminal
        let states = try await verifier.verify(plan) { state in
            if showsProgress { StandardError.write("\(state.tenant) \(state.report) \(state.day) \(state.state.rawValue)\n") }
        }
        if global.json { try StandardOutput.writeJSON(Document(days: states)) } else { print(Self.text(states)) }
        if states.contains(where: { $0.state != .same }) {
            throw states.allSatisfy { $0.state == .failed } ? ExitStatus.failed : ExitStatus.partial
        }
    }

    private static func text(_ states: [DayState]) -> String {
        var table = TextTable(
            ("tenant", .left), ("report", .left), ("day", .left), ("state", .left), ("source rows", .right), ("warehouse rows", .right),
            ("", .left))
        for state in states {
            table.add(
                state.tenant, state.report, state.day, state.state.rawValue, state.sourceRows.map(Quantity.count) ?? "",
                state.warehouseRows.map(Quantity.count) ?? "", state.error?.description ?? "")
        }
        let same = states.filter { $0.state == .same }.count
        let rest = states.count - same
        return table.text + "\n\(same) of \(states.count) days are as in the source" + (rest > 0 ? ", \(rest) are not" : "")
    }
}
