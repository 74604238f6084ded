/// What a month costs against how long a night takes, a dot a class; the best lie lower left.
enum CostChart {
    static func svg(_ answer: Answer) -> String {
        var svg = SVG(height: 400, label: "Cost a month against the night's length, a dot a class")
        let costs = answer.classes.map(\.monthlyCost.total)
        let windows = answer.classes.map(\.windowSeconds.value)
        let asked = answer.question.windowSeconds
        let longest = windows.max() ?? 1
        let unit = Figure.unit(longest)
        // One that is far above would press the classes together.
        let isFar = asked > 20 * longest
        let frame = Frame(
            x: Scale((costs.min() ?? 1) / 1.15, (costs.max() ?? 1) * 1.15, to: (64, SVG.width - 14), .logarithmic),
            y: Scale(
                min(windows.min() ?? 1, asked) / 1.3, (isFar ? longest : max(longest, asked)) * 1.3,
                to: (352, 26), .logarithmic, unit: unit.seconds))
        frame.draw(on: &svg, x: "a month", { "$" + Figure.mark($0) }, y: "night", { Figure.mark($0, in: unit) })
        if frame.y.domain.contains(asked) {
            svg.line((frame.x.range.from, frame.y(asked)), (frame.x.range.to, frame.y(asked)), "asked")
            svg.text("asked: \(Figure.mark(asked, in: Figure.unit(asked)))", at: (frame.x.range.to, frame.y(asked) - 5), anchor: "end")
        }
        if isFar {
            svg.text("asked: \(Figure.mark(asked, in: Figure.unit(asked))), far above", at: (frame.x.range.to, 18), anchor: "end")
        }
        var labelled: [(x: Double, y: Double)] = []
        for entry in answer.classes {
            let point = frame.point(entry.monthlyCost.total, entry.windowSeconds.value)
            let title =
                "\(entry.name): \(Figure.dollars(entry.monthlyCost.total)) a month, \(Figure.seconds(entry.windowSeconds.value)), "
                + entry.verdict.rawValue
            svg.dot(point, entry.verdict.style, title: title)
            // A label a class that is cheaper or faster than all others, where it hides none.
            let isBest = !answer.classes.contains { other in
                other.monthlyCost.total < entry.monthlyCost.total && other.windowSeconds.value <= entry.windowSeconds.value
            }
            guard isBest, !labelled.contains(where: { abs($0.x - point.x) < 78 && abs($0.y - point.y) < 13 }) else { continue }
            labelled.append(point)
            // Below and to the left of such a class there is none.
            let isLeft = point.x < 150
            svg.text(
                String(entry.name.replacing("db.", with: "").prefix(14)), at: (point.x + (isLeft ? 3 : -3), point.y + 15),
                anchor: isLeft ? "start" : "end", "strong")
        }
        return svg.text
    }
}
