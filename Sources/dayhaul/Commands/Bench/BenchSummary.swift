import SQLText
import Sizing

/// What a benchmark has measured, in a table, and how to go on.
struct BenchSummary: Encodable {
    private struct Line: Encodable {
        let configuration: String
        let repetitions: Int
        let rows: Int
        let seconds: Double
    }

    private let outcome = "done"
    private let file: String
    private let configurations: [Line]
    /// Repetitions whose rows were not the sources'.
    private let differing: Int

    init(_ measurements: Measurements, file: String) {
        self.file = file
        configurations = measurements.configurations.filter { !$0.counted.isEmpty }.map { group in
            Line(
                configuration: group.configuration.name, repetitions: group.counted.count, rows: Int(group.configuration.workload.rows),
                seconds: group.counted.map(\.wallSeconds).sorted()[group.counted.count / 2])
        }
        differing = measurements.configurations.flatMap(\.repetitions).count { $0.parity == .differs }
    }

    var text: String {
        var table = TextTable(("configuration", .left), ("runs", .right), ("seconds", .right), ("rows/s", .right))
        for line in configurations {
            table.add(
                line.configuration, String(line.repetitions), Quantity.seconds(line.seconds),
                Quantity.count(Int(Double(line.rows) / max(line.seconds, 1e-9))))
        }
        let warning = differing == 0 ? "" : "\n\(differing) repetitions had other rows than their sources and count for nothing\n"
        return """
            \(table.text)
            \(warning)
            wrote \(file); which class it takes, how long the night is and what it costs:

              dayhaul size \(Shell.word(file))
            """
    }
}
