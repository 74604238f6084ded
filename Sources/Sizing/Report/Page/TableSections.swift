import Stages

/// The numbers behind the charts.
enum TableSections {
    static func html(_ answer: Answer) -> String {
        [classes(answer), stages(answer), backtest(answer), assumptions(answer)].joined(separator: "\n")
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
            "All classes", "The best first. Intervals are of the law, at 95 %: not of the catalogue's limits and speeds.",
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
        let rows = backtest.heldOut.map { held in
            [
                HTML.escaped(held.configuration), Figure.seconds(held.measured), Figure.seconds(held.predicted.value),
                Figure.percent(held.error), held.covered ? "yes" : "no",
            ]
        }
        return section(
            "Back-test",
            "Each configuration predicted by a law fitted without it: median error \(Figure.percent(backtest.medianError)), "
                + "\(Figure.percent(backtest.covered)) in their interval.",
            HTML.table(["configuration", ">measured", ">predicted", ">error", "in its interval"], rows))
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
        let list = lines.map { "<li>\(HTML.escaped($0))</li>" }.joined()
        return section("Assumed, not measured", "Part of the catalogue, to be replaced with it.", "<ul class=\"notes soft\">\(list)</ul>")
    }
}
