/// The answer as one HTML file: style and drawings are in it, and there is no script and nothing to fetch.
struct Page {
    let answer: Answer

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Sizing: \(HTML.escaped(answer.cheapest?.name ?? "no class is sure to pass"))</title>
        <style>
        \(String(decoding: PackageResources.page_css, as: UTF8.self))</style>
        </head>
        <body>
        <main>
        \(header)
        \(ConclusionSection.html(answer))
        <div class="charts">
        \(charts.joined(separator: "\n"))
        </div>
        \(TableSections.html(answer))
        </main>
        </body>
        </html>

        """
    }

    private var header: String {
        let load = answer.question.workload
        let provenance = answer.measurements.provenance
        let repetitions = answer.measurements.configurations.reduce(0) { $0 + $1.counted.count }
        let night =
            "\(Figure.count(Double(load.tenants))) tenants × \(Figure.count(Double(load.days))) days × "
            + "\(Figure.count(Double(load.rowsPerDay))) rows"
        let origin =
            "From \(repetitions) repetitions of \(answer.model.observations.count) configurations, measured \(provenance.measuredOn) on "
            + "\(provenance.cpuModel), \(provenance.cores) cores, \(Figure.count(Double(provenance.memoryBytes) / 1_073_741_824)) GiB, "
            + "\(provenance.fileSystem), \(Figure.count(provenance.fsyncsPerSecond)) fsyncs a second, "
            + "PostgreSQL \(provenance.postgresVersion)"
        let catalogue =
            "Prices and limits: \(answer.catalogue.name), \(answer.catalogue.date), \(Figure.count(Double(answer.catalogueAge))) days old"
        return """
            <header>
            <h1>A night of \(HTML.escaped(night)) within \(Figure.seconds(answer.question.windowSeconds))</h1>
            <p class="soft">\(HTML.escaped(answer.readersLine))</p>
            <p class="soft">\(HTML.escaped(origin))</p>
            <p class="soft">\(HTML.escaped(catalogue))</p>
            </header>
            """
    }

    private var charts: [String] {
        let colors = WindowChart.resources.map { (name: $0.name, color: $0.style) }
        var charts = [
            HTML.figure(
                "The night on each class",
                (WindowChart.shown(answer).count < answer.classes.count
                    ? "The best \(WindowChart.shown(answer).count) of \(answer.classes.count) classes; the table below has all. " : "")
                    + "Each resource by itself; the one that binds in full colour. The whisker is the 95 % interval of the night.",
                WindowChart.svg(answer), legend: colors),
            HTML.figure(
                "Cost against window", "Each dot a class, both axes logarithmic. Lower left is better.", CostChart.svg(answer),
                legend: [("PASS", "pass"), ("UNCERTAIN", "uncertain"), ("FAIL", "fail")]),
        ]
        if let curve = answer.model.curve {
            charts.append(
                HTML.figure(
                    "Streams on the measuring machine",
                    "Dots: median repetitions. Curve: Universal Scalability Law, λ \(Figure.count(curve.lambda)) rows a second. Of this "
                        + "machine as a whole, full cores and disk included, α is \(Figure.short(curve.contention.alpha)) and "
                        + "β \(Figure.short(curve.contention.beta)). The classes are predicted with what is left of it "
                        + answer.contentionLine + ".",
                    ScalingChart.svg(curve)))
        }
        if !answer.growth.isEmpty {
            charts.append(
                HTML.figure(
                    "Growth at \(Figure.percent(answer.question.growth)) a month", "With 95 % intervals.", GrowthChart.svg(answer),
                    legend: zip(answer.growth, ["accent", "second"]).map { ($0.name, $1) }))
        }
        return charts
    }
}

extension Answer {
    /// One self-contained HTML page.
    public var html: String { Page(answer: self).html }
}
