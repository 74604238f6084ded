import Stages

/// The numbers behind the charts.
enum TableSections {
    static func html(_ answer: Answer) -> String {
        [classes(answer), stages(answer), backtest(answer), origin(answer), assumptions(answer)].joined(separator: "\n")
    }

    private static func section(_ title: String, _ explanation: String, _ body: String) -> String {
        "<section><h2>\(HTML.escaped(title))</h2><p class=\"soft\">\(HTML.escaped(explanation))</p>\n\(body)</section>"
    }

    private static func verdict(_ verdict: Verdict) -> String { "<span class=\"\(verdict.rawValue)\">\(verdict.rawValue)</span>" }

    private static func classes(_ answer: Answer) -> String {
        let rows = answer.classes.map { entry in
            [
                HTML.escaped(entry.name), verdict(entry.verdict), Figure.duration(entry.windowSeconds.value),
                Figure.interval(entry.windowSeconds), entry.binds.rawValue, "\(entry.streams)", Figure.count(entry.volume.gib),
                Figure.dollars(entry.monthlyCost.instance), Figure.dollars(entry.monthlyCost.storage + entry.monthlyCost.throughput),
                Figure.dollars(entry.monthlyCost.total), entry.priceSource.rawValue, verdict(entry.atTwiceTheVolume.verdict),
                Figure.duration(entry.atTwiceTheVolume.windowSeconds.value),
            ]
        }
        return section(
            "All classes",
            "The best first. Intervals are of the law, at 95 %: not of the catalogue's limits and speeds."
                + (answer.leftOutLine.map { " \($0)." } ?? ""),
            HTML.table(
                [
                    "class", "verdict", ">window", ">interval", "binds", ">streams", ">GiB", ">instance", ">storage", ">a month", "price",
                    "at twice", ">window",
                ], rows))
    }

    private static func stages(_ answer: Answer) -> String {
        func width(_ value: Double?) -> String { value.map { "± \(Figure.short($0))" } ?? "–" }
        let rows = answer.model.stages.map { stage in
            [
                stage.stage.rawValue + (stage.isEstimated ? " (estimated)" : ""), Figure.short(stage.cpuSecondsPerMillionRows),
                width(stage.cpuSecondsPerMillionRowsPlusMinus), Figure.short(stage.cpuSecondsPerDay * 1000),
                width(stage.cpuSecondsPerDayPlusMinus.map { $0 * 1000 }), Figure.count(stage.bytesWrittenPerRow),
                Figure.count(stage.walBytesPerRow), Figure.percent(stage.shareOfWall),
            ]
        }
        return section(
            "What a stage costs", "CPU of all parties; least squares over configurations, with 95 % intervals.",
            HTML.table(["stage", ">CPU s a million rows", ">", ">CPU ms a day", ">", ">bytes written a row", ">WAL", ">of wall"], rows))
    }

    private static func backtest(_ answer: Answer) -> String {
        guard let backtest = answer.backtest else {
            return section("Back-test", "Too few configurations to hold one out.", "")
        }
        let groups = answer.measurements.configurations.map { $0.counted.map(\.wallSeconds) }.filter { !$0.isEmpty }
        let rows = zip(backtest.heldOut, groups).map { held, walls in
            [
                HTML.escaped(held.configuration), Figure.seconds(held.measured), Figure.seconds(held.predicted.value),
                Figure.percent(held.error), held.covered ? "yes" : "no", "\(walls.count)",
                "\(Figure.seconds(walls.min() ?? 0)) – \(Figure.seconds(walls.max() ?? 0))",
            ]
        }
        return section(
            "Back-test",
            "Each configuration predicted by a law fitted without it: median error \(Figure.percent(backtest.medianError)), "
                + "\(Figure.percent(backtest.covered)) in their interval.",
            HTML.table(["configuration", ">median", ">predicted", ">error", "in its interval", ">runs", ">least – most"], rows))
    }

    private static func origin(_ answer: Answer) -> String {
        let provenance = answer.measurements.provenance
        let load = provenance.workload
        let repetitions = answer.measurements.configurations.flatMap(\.repetitions)
        let compared = repetitions.count { $0.parity == .same }
        let settings = provenance.settings.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        let lines = [
            "Data: \(Figure.count(Double(load.tenants))) tenants × \(Figure.count(Double(load.days))) days × "
                + "\(Figure.count(Double(load.rowsPerDay))) rows of \(Figure.count(Double(load.rowBytes))) bytes, "
                + (provenance.seed.map { "generated from seed \($0)" } ?? "the user's own"),
            "\(provenance.program); sources, client and warehouse \(provenance.sharesMachine ? "shared the machine" : "on machines of their own")",
            settings.isEmpty ? "All settings of the warehouse are PostgreSQL's own" : "Settings of the warehouse: \(settings)",
            "Interleaved repetitions after a warm-up, medians of each configuration; \(compared) of \(repetitions.count) repetitions "
                + "left the sources' rows, the others had a null end or do not count",
        ]
        let ends = answer.nullEnds.text.map { ["The client between its ends: \($0)"] } ?? []
        return section("What was measured", "Part of the measurement file.", list(lines + ends))
    }

    private static func assumptions(_ answer: Answer) -> String {
        let assumptions = answer.catalogue.assumptions
        let lines =
            answer.catalogue.notes + [
                "CPU ceiling \(Figure.percent(assumptions.cpuCeiling)), "
                    + "measuring core \(Figure.short(assumptions.measuringCoreSpeed)) of an "
                    + "r6g vCPU, storage \(Figure.short(assumptions.storageHeadroom)) times the bytes of tables and indexes, "
                    + "\(Figure.count(Double(answer.question.keptDays))) days kept"
            ]
        return section("Assumed, not measured", "Part of the catalogue, to be replaced with it.", list(lines))
    }

    private static func list(_ lines: [String]) -> String {
        "<ul class=\"notes soft\">\(lines.map { "<li>\(HTML.escaped($0))</li>" }.joined())</ul>"
    }
}
