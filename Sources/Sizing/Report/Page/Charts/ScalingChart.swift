/// Throughput over streams as measured, the law's curve, and below it by how much they differ.
enum ScalingChart {
    static func svg(_ curve: ScalingCurve) -> String {
        var svg = SVG(height: 330, label: "Rows a second over streams, measured and fitted, with residuals")
        let most = Double(curve.points.map(\.streams).max() ?? 1) * 1.3
        let highest = curve.points.map { max($0.measured, $0.fitted) }.max() ?? 1
        let x = Scale(0, most, to: (58, SVG.width - 14))
        let frame = Frame(x: x, y: Scale(0, highest * 1.15, to: (196, 24)))
        frame.draw(on: &svg, x: "", Figure.mark, y: "rows a second", Figure.mark)
        let steps = (0...60).map { 1 + Double($0) / 60 * (most - 1) }
        svg.curve(steps.map { frame.point($0, curve.throughput($0)) }, "first")
        if let knee = curve.contention.knee, knee < most {
            svg.line((x(knee), 24), (x(knee), 196), "asked")
            let isLeft = x(knee) < SVG.width - 70
            svg.text("knee \(Figure.count(knee))", at: (x(knee) + (isLeft ? 4 : -4), 34), anchor: isLeft ? "start" : "end")
        }
        let residuals = curve.points.map { $0.fitted > 0 ? $0.measured / $0.fitted - 1 : 0 }
        let largest = max(0.02, residuals.map(abs).max() ?? 0.02) * 1.2
        let lower = Frame(x: x, y: Scale(-largest, largest, to: (290, 242)))
        svg.text("residuals, measured over fitted", at: (4, 230))
        for mark in [-largest, 0, largest] {
            svg.line((x.range.from, lower.y(mark)), (x.range.to, lower.y(mark)), mark == 0 ? "axis" : "grid")
            svg.text(Figure.percent(mark), at: (x.range.from - 5, lower.y(mark) + 4), anchor: "end")
        }
        for (point, residual) in zip(curve.points, residuals) {
            let title = "\(point.streams) streams: \(Figure.count(point.measured)) rows a second, \(Figure.percent(residual))"
            svg.dot(frame.point(Double(point.streams), point.measured), "fill-first", title: title)
            svg.line(lower.point(Double(point.streams), 0), lower.point(Double(point.streams), residual), "curve first")
            svg.dot(lower.point(Double(point.streams), residual), "fill-first", title: title, radius: 3)
        }
        svg.text("streams", at: (x.range.to, 318), anchor: "end")
        for mark in x.marks { svg.text(Figure.mark(mark), at: (x(mark), 306), anchor: "middle") }
        return svg.text
    }
}
