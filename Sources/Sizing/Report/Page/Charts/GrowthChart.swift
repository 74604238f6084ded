/// The night's length as rows grow, of the cheapest class that passes and of the next one up.
enum GrowthChart {
    static func svg(_ answer: Answer) -> String {
        var svg = SVG(height: 330, label: "The night's length over the months to come")
        let points = answer.growth.flatMap(\.points)
        let asked = answer.question.windowSeconds
        let most = points.map { $0.windowSeconds.high ?? $0.windowSeconds.value }.max() ?? 1
        let unit = Figure.unit(most)
        let frame = Frame(
            x: Scale(0, Double(points.map(\.month).max() ?? 12), to: (64, SVG.width - 14)),
            y: Scale(0, max(most, min(asked, 3 * most)) * 1.1, to: (284, 26), unit: unit.seconds))
        frame.draw(on: &svg, x: "months from now", Figure.mark, y: "night", { Figure.mark($0, in: unit) })
        for (growth, style) in zip(answer.growth, ["first", "second"]) {
            let upper = growth.points.map { frame.point(Double($0.month), $0.windowSeconds.high ?? $0.windowSeconds.value) }
            let lower = growth.points.map { frame.point(Double($0.month), $0.windowSeconds.low ?? $0.windowSeconds.value) }
            svg.area(upper + lower.reversed(), "fill-\(style)")
            svg.curve(growth.points.map { frame.point(Double($0.month), $0.windowSeconds.value) }, style)
        }
        if frame.y.domain.contains(asked) {
            svg.line((frame.x.range.from, frame.y(asked)), (frame.x.range.to, frame.y(asked)), "asked")
            svg.text("asked: \(Figure.mark(asked, in: Figure.unit(asked)))", at: (frame.x.range.from + 4, frame.y(asked) - 5))
        }
        return svg.text
    }
}
