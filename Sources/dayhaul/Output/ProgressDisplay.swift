import Ingest
import Synchronization
import Warehouse

/// Shows a run while it goes on: on a terminal a line a tenant that is drawn again and again, elsewhere a plain line for each that is
/// done, and for all others from time to time.
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

    private let tenants: Mutex<[Tenant]>
    private let start = ContinuousClock.now
    private let canDraw: Bool
    private let isQuiet: Bool

    init(_ plan: Plan, isQuiet: Bool) {
        let planned = plan.parts.reduce(into: [String: Int]()) { $0[$1.tenant.name, default: 0] += $1.days.count }
        tenants = Mutex(planned.sorted { $0.key < $1.key }.map { Tenant(name: $0.key, planned: $0.value) })
        canDraw = StandardError.canDraw
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
            let tenant = update(day.tenant) {
                $0.done += 1
                $0.failed += day.outcome == .failed ? 1 : 0
                if $0.done == $0.planned { $0.finished = .now }
            }
            if let tenant, tenant.finished != nil, !canDraw, !isQuiet { StandardError.write(line(tenant, 0) + "\n") }
        case .retrying(let tenant, let report, let failure, let attempt):
            StandardError.write("\(tenant) \(report): attempt \(attempt) failed, trying again: \(failure)\n")
        case .waiting(let reason):
            if !isQuiet { StandardError.write("waiting: \(reason)\n") }
        case .resumed(let days):
            if !isQuiet {
                StandardError.write("\(Quantity.of(days, "day")) had been read by a run that was killed, and need not be read again\n")
            }
        }
    }

    @discardableResult
    private func update(_ name: String, _ change: (inout Tenant) -> Void) -> Tenant? {
        tenants.withLock { tenants in
            guard let index = tenants.firstIndex(where: { $0.name == name }) else { return nil }
            change(&tenants[index])
            return tenants[index]
        }
    }

    /// Draws until cancelled.
    func run() async {
        guard !isQuiet else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: canDraw ? .milliseconds(100) : .seconds(10))
            if !Task.isCancelled { draw() }
        }
    }

    /// Draws for the last time; on a terminal only, elsewhere the summary says it all.
    func finish() {
        guard canDraw, !isQuiet else { return }
        draw()
        StandardError.keepDrawing()
    }

    private func draw() {
        let all = tenants.withLock { $0 }
        guard canDraw else {
            let lines = all.filter { $0.done < $0.planned }.map { line($0, 0) + "\n" }
            return StandardError.write(lines.joined())
        }
        let (columns, rows) = StandardError.size ?? (80, 24)
        // A screen has room for some tenants: those under way, and a line for the rest.
        let room = max(rows - 2, 1)
        let shown = all.count <= room ? all : Array(all.filter { $0.done < $0.planned && $0.bytes > 0 }.prefix(room - 1))
        let width = shown.map(\.name.count).max() ?? 0
        var lines = shown.map { line($0, width) }
        if shown.count < all.count {
            let finished = all.filter { $0.done == $0.planned }.count
            lines.append("\(finished) of \(all.count) tenants are done")
        }
        // A line that the terminal breaks would be two to erase.
        StandardError.draw(lines.map { String($0.prefix(columns - 1)) })
    }

    private func line(_ tenant: Tenant, _ width: Int) -> String {
        let elapsed = max(((tenant.finished ?? .now) - start) / .seconds(1), 0.001)
        let name = tenant.name + String(repeating: " ", count: max(width - tenant.name.count, 0))
        var parts = [
            "\(tenant.done)/\(tenant.planned) days", "\(Quantity.count(tenant.rows)) rows read",
            "\(Quantity.count(Int(Double(tenant.rows) / elapsed))) rows/s", Quantity.bytes(tenant.bytes),
        ]
        if tenant.done > 0, tenant.done < tenant.planned {
            parts.append("\(Quantity.seconds(elapsed / Double(tenant.done) * Double(tenant.planned - tenant.done))) left")
        }
        if tenant.failed > 0 { parts.append("\(tenant.failed) failed") }
        if tenant.done == tenant.planned { parts.append("in \(Quantity.seconds(elapsed))") }
        return "\(name)  \(parts.joined(separator: "  "))"
    }
}
