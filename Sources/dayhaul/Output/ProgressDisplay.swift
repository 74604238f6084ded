import Ingest
import Synchronization
import Warehouse

/// Shows a run while it goes on: on a terminal a line a tenant that is drawn again and again, elsewhere plain lines from time to time.
final class ProgressDisplay: Sendable {
    private struct Tenant {
        let name: String
        let planned: Int
        var done = 0
        var failed = 0
        var rows = 0
        var bytes = 0
        var finished: ContinuousClock.Instant?
    }

    private struct State {
        var tenants: [Tenant]
        var drawnLines = 0
    }

    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let isTerminal: Bool
    private let isQuiet: Bool

    init(_ plan: Plan, isQuiet: Bool) {
        let planned = plan.parts.reduce(into: [String: Int]()) { $0[$1.tenant.name, default: 0] += $1.days.count }
        let tenants = planned.sorted { $0.key < $1.key }.map { Tenant(name: $0.key, planned: $0.value) }
        state = Mutex(State(tenants: tenants))
        isTerminal = StandardError.isTerminal
        self.isQuiet = isQuiet
    }

    /// Takes in what happened. What went wrong is said at once.
    func note(_ progress: Progress) {
        switch progress {
        case .read(let tenant, let rows, let bytes):
            update(tenant) {
                $0.rows += rows
                $0.bytes += bytes
            }
        case .day(let day):
            update(day.tenant) {
                $0.done += 1
                $0.failed += day.outcome == .failed ? 1 : 0
                if $0.done == $0.planned { $0.finished = .now }
            }
        case .retrying(let tenant, let report, let failure, let attempt):
            say("\(tenant) \(report): attempt \(attempt) failed, trying again: \(failure)")
        }
    }

    private func update(_ name: String, _ change: (inout Tenant) -> Void) {
        state.withLock { state in
            guard let index = state.tenants.firstIndex(where: { $0.name == name }) else { return }
            change(&state.tenants[index])
        }
    }

    /// Draws until cancelled.
    func run() async {
        guard !isQuiet else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: isTerminal ? .milliseconds(100) : .seconds(10))
            if !Task.isCancelled { draw() }
        }
    }

    /// Draws for the last time; on a terminal only, elsewhere the summary says it all.
    func finish() {
        if isTerminal, !isQuiet { draw() }
    }

    private func say(_ line: String) {
        state.withLock { state in
            StandardError.write(erasing(state.drawnLines) + line + "\n")
            state.drawnLines = 0
        }
    }

    private func draw() {
        state.withLock { state in
            // A screen has room for some tenants; the rest is summed up.
            let shown = state.tenants.count <= 24 ? state.tenants : state.tenants.filter { $0.done < $0.planned && $0.bytes > 0 }
            let width = shown.map(\.name.count).max() ?? 0
            let lines = shown.prefix(24).map { line($0, width) }
            StandardError.write((isTerminal ? erasing(state.drawnLines) : "") + lines.joined())
            state.drawnLines = isTerminal ? lines.count : 0
        }
    }

    /// Back up and erase to the end of the screen (ECMA-48 CPL and ED).
    private func erasing(_ lines: Int) -> String { lines > 0 ? "\u{1b}[\(lines)F\u{1b}[J" : "" }

    private func line(_ tenant: Tenant, _ width: Int) -> String {
        let elapsed = max(((tenant.finished ?? .now) - start) / .seconds(1), 0.001)
        let name = tenant.name + String(repeating: " ", count: max(width - tenant.name.count, 0))
        var parts = [
            "\(tenant.done)/\(tenant.planned) days", "\(Quantity.count(tenant.rows)) rows",
            "\(Quantity.count(Int(Double(tenant.rows) / elapsed))) rows/s", Quantity.bytes(tenant.bytes),
        ]
        if tenant.done > 0, tenant.done < tenant.planned {
            parts.append("\(Quantity.seconds(elapsed / Double(tenant.done) * Double(tenant.planned - tenant.done))) left")
        }
        if tenant.failed > 0 { parts.append("\(tenant.failed) failed") }
        if tenant.done == tenant.planned { parts.append("in \(Quantity.seconds(elapsed))") }
        return "\(name)  \(parts.joined(separator: "  "))\n"
    }
}
