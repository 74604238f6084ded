/// The axes of a chart.
struct Frame {
    let x: Scale
    let y: Scale

    func draw(on svg: inout SVG, x name: String, _ xMark: (Double) -> String, y other: String, _ yMark: (Double) -> String) {
        for mark in y.marks {
            svg.line((x.range.from, y(mark)), (x.range.to, y(mark)), "grid")
            svg.text(yMark(mark), at: (x.range.from - 5, y(mark) + 4), anchor: "end")
        }
        for mark in x.marks { svg.text(xMark(mark), at: (x(mark), y.range.from + 15), anchor: "middle") }
        svg.line((x.range.from, y.range.from), (x.range.to, y.range.from), "axis")
        svg.text(name, at: (x.range.to, y.range.from + 29), anchor: "end")
        svg.text(other, at: (4, y.range.to - 9))
    }

    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (self.x(x), self.y(y)) }
}
