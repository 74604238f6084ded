/// A row a class: what each resource would take by itself, the one that binds in full colour, and the interval of the night.
enum WindowChart {
    static let resources: [(name: String, style: String, seconds: @Sendable (NightTimes) -> Double)] = [
        ("CPU", "cpu", { $0.cpu }), ("EBS", "ebs", { $0.ebs }), ("gp3", "gp3", { $0.gp3 }), ("network", "network", { $0.network }),
        ("streams", "streams", { $0.streams }), ("client", "client", { $0.client }),
    ]

    /// As many classes as a chart can be read with.
    static func shown(_ answer: Answer) -> [ClassAnswer] { Array(answer.classes.prefix(12)) }

    static func svg(_ answer: Answer) -> String {
        let shown = shown(answer)
        let rowHeight = 34.0
        let bottom = 14 + rowHeight * Double(shown.count)
        var svg = SVG(height: bottom + 34, label: "Predicted night of each class, split by resource")
        // One class that takes far longer than the others would leave no room for them.
        let longest = shown.map { $0.windowSeconds.high ?? $0.windowSeconds.value }.sorted()
        let usual = longest.isEmpty ? 1 : longest[longest.count * 3 / 4]
        let most = max(min(longest.last ?? 1, 4 * usual), min(answer.question.windowSeconds * 1.05, 3 * usual))
        let unit = Figure.unit(most)
        let scale = Scale(0, most, to: (96, SVG.width - 18), unit: unit.seconds)
        for mark in scale.marks {
            svg.line((scale(mark), 8), (scale(mark), bottom), "grid")
            svg.text(Figure.mark(mark, in: unit), at: (scale(mark), bottom + 15), anchor: "middle")
        }
        for (index, answer) in shown.enumerated() { row(answer, at: 14 + rowHeight * Double(index), scale, on: &svg) }
        if scale.domain.contains(answer.question.windowSeconds) {
            let x = scale(answer.question.windowSeconds)
            svg.line((x, 4), (x, bottom), "asked")
            svg.text("asked", at: (x, bottom + 29), anchor: x > SVG.width / 2 ? "end" : "start")
        }
        return svg.text
    }

    private static func row(_ answer: ClassAnswer, at top: Double, _ scale: Scale, on svg: inout SVG) {
        svg.text(String(answer.name.replacing("db.", with: "").prefix(15)), at: (4, top + 12), "strong")
        svg.text(answer.verdict.rawValue, at: (4, top + 24), answer.verdict.style)
        let thick = 3.6
        for (index, resource) in resources.enumerated() {
            let seconds = resource.seconds(answer.seconds)
            let binds = answer.seconds.longest.rawValue == resource.style
            svg.bar(
                x: scale.range.from, y: top + Double(index) * (thick + 0.8), width: scale(seconds) - scale.range.from, height: thick,
                binds ? resource.style : "\(resource.style) muted", title: "\(answer.name): \(resource.name) \(Figure.seconds(seconds))")
        }
        guard let low = answer.windowSeconds.low, let high = answer.windowSeconds.high else { return }
        let y = top + 13
        svg.line((scale(low), y), (scale(high), y), "whisker")
        for end in [low, high] { svg.line((scale(end), y - 4), (scale(end), y + 4), "whisker") }
    }
}

extension Verdict {
    /// Its class in the page's style sheet.
    var style: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .uncertain: "uncertain"
        }
    }
}
