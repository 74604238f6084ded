import PlainText
import Stages

extension Answer {
    /// One screen: at most 40 lines of 100 columns.
    public var text: String {
        let head = [Self.cut(questionLine), Self.cut(readersLine), Self.cut(provenanceLine), Self.cut(catalogueLine), ""]
        let body = classLines + [""] + conclusionLines.flatMap(Self.wrapped) + [""] + stageLines + [""]
        let tail = lawLines + notes.map { "note: \($0)" }
        return (head + body + tail.flatMap(Self.wrapped)).prefix(40).joined(separator: "\n")
    }

    /// Broken at blanks, and indented where it goes on.
    private static func wrapped(_ line: String) -> [String] {
        var lines: [String] = []
        var rest = cut(line, to: 600)
        while rest.count > 100, let blank = rest.prefix(101).lastIndex(of: " "), blank > rest.index(rest.startIndex, offsetBy: 8) {
            lines.append(String(rest[..<blank]))
            rest = "  " + rest[rest.index(after: blank)...]
        }
        return lines + [cut(rest)]
    }

    /// Lines of text from a file are as long as somebody likes, and may hold control characters.
    private static func cut(_ line: String, to width: Int = 100) -> String {
        let printable = line.unicodeScalars.filter { !PlainText.isUnseen($0) }
        let text = String(String.UnicodeScalarView(printable))
        return text.count > width ? text.prefix(width - 1) + "…" : text
    }

    private var questionLine: String {
        let load = question.workload
        return
            "a night: \(Figure.count(Double(load.tenants))) tenants × \(Figure.count(Double(load.days))) days × "
            + "\(Figure.count(Double(load.rowsPerDay))) rows, \(Figure.count(load.rows)) in all, "
            + "within \(Figure.seconds(question.windowSeconds))"
    }

    private var provenanceLine: String {
        let repetitions = measurements.configurations.reduce(0) { $0 + $1.counted.count }
        return
            "from \(repetitions) repetitions of \(model.observations.count) configurations, \(measurements.provenance.measuredOn), "
            + "\(measurements.provenance.cpuModel), \(measurements.provenance.cores) cores, "
            + "PostgreSQL \(measurements.provenance.postgresVersion)"
    }

    private var catalogueLine: String {
        "catalogue: \(catalogue.name), \(catalogue.date), \(Figure.count(Double(catalogueAge))) days old"
    }

    private var classLines: [String] {
        var table = Columns("class", "verdict", ">window", ">interval", "binds", ">streams", ">GiB", ">$/month", "at 2×")
        let shown = classes.prefix(8)
        for answer in shown {
            table.add(
                String(answer.name.prefix(16)), answer.verdict.rawValue, Figure.duration(answer.windowSeconds.value),
                Figure.interval(answer.windowSeconds), answer.binds.rawValue, "\(answer.streams)", Figure.count(answer.volume.gib),
                Figure.count(answer.monthlyCost.total), answer.atTwiceTheVolume.verdict.rawValue)
        }
        let more = classes.count - shown.count
        return table.lines.map { Self.cut($0) } + (more > 0 ? ["and \(more) more: --json, --html"] : [])
            + [leftOutLine].compactMap(\.self)
    }

    private var conclusionLines: [String] {
        guard let cheapest else {
            let isOpen = classes.contains { $0.verdict == .uncertain }
            return [
                isOpen
                    ? "no class is sure to pass; the cheapest that may stands first"
                    : "no class passes: load less a night, or allow more time"
            ]
        }
        var lines = ["cheapest: \(cheapest.name), \(Self.parts(cheapest.monthlyCost))"]
        if let note = cheapest.note { lines.append("  \(note)") }
        if let nextUp {
            lines.append(
                "next up: \(nextUp.name), \(Figure.dollars(nextUp.monthlyCost.total)) a month, "
                    + Figure.seconds(nextUp.windowSeconds.value)
            )
        }
        if let saving, let current = question.currentCost {
            lines.append("now \(Figure.dollars(current)) a month: \(Figure.dollars(abs(saving))) \(saving >= 0 ? "less" : "more") with it")
        }
        if let first = growth.first {
            let month = first.outgrownInMonth.map { "outgrown in month \($0)" } ?? "not outgrown in ten years"
            lines.append("\(month), at \(Figure.percent(question.growth)) a month")
        }
        lines.append(
            "extraction takes \(Figure.percent(cheapest.replicaShare)) of a \(question.replicaClass) replica; "
                + (question.replicas == 0 ? "no replica is added: --replicas" : "\(question.replicas) replicas are added"))
        return lines
    }

    private static func parts(_ cost: MonthlyCost) -> String {
        let parts = [
            ("instance", cost.instance), ("storage", cost.storage), ("throughput", cost.throughput), ("replicas", cost.replicas),
            ("transfer", cost.transfer),
        ].filter { $0.1 > 0 }.map { "\($0.0) \(Figure.dollars($0.1))" }
        return "\(Figure.dollars(cost.total)) a month: \(parts.joined(separator: ", "))"
    }

    private var stageLines: [String] {
        var table = Columns("stage", ">CPU s/M rows", ">±", ">CPU ms/day", ">±", ">B written/row", ">WAL", ">of wall")
        for stage in model.stages {
            table.add(
                stage.stage.rawValue, Figure.short(stage.cpuSecondsPerMillionRows), Self.plusMinus(stage.cpuSecondsPerMillionRowsPlusMinus),
                Figure.short(stage.cpuSecondsPerDay * 1000), Self.plusMinus(stage.cpuSecondsPerDayPlusMinus.map { $0 * 1000 }),
                Figure.count(stage.bytesWrittenPerRow), Figure.count(stage.walBytesPerRow), Figure.percent(stage.shareOfWall))
        }
        return table.lines
    }

    private static func plusMinus(_ width: Double?) -> String { width.map(Figure.short) ?? "–" }

    private var lawLines: [String] {
        var lines: [String] = []
        lines.append(contentionLine)
        if let backtest {
            lines.append(
                "back-test: median error \(Figure.percent(backtest.medianError)), \(Figure.percent(backtest.covered)) of "
                    + "\(backtest.heldOut.count) held-out configurations in their interval")
        } else {
            lines.append("back-test: too few configurations to hold one out")
        }
        if let ends = nullEnds.text { lines.append("client: \(ends)") }
        return lines
    }
}
