/// A drawing of 420 units' width, so that its 11-unit text can be read on a phone.
struct SVG {
    static let width = 420.0
    let height: Double
    private let label: String
    private var body: [String] = []

    /// - Parameter label: what a reader hears who cannot see it.
    init(height: Double, label: String) {
        self.height = height
        self.label = label
    }

    var text: String {
        "<svg viewBox=\"0 0 \(Self.number(Self.width)) \(Self.number(height))\" role=\"img\" aria-label=\"\(HTML.escaped(label))\">\n"
            + body.joined(separator: "\n") + "\n</svg>"
    }

    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String) {
        add("line", [("x1", from.x), ("y1", from.y), ("x2", to.x), ("y2", to.y)], style)
    }

    mutating func text(_ text: String, at point: (x: Double, y: Double), anchor: String = "start", _ style: String = "") {
        add("text", [("x", point.x), ("y", point.y)], "\(anchor) \(style)", content: HTML.escaped(text))
    }

    mutating func bar(x: Double, y: Double, width: Double, height: Double, _ style: String, title: String) {
        let place = [("x", x), ("y", y), ("width", max(width, 0.5)), ("height", height), ("rx", 1)]
        add("rect", place, style, content: "<title>\(HTML.escaped(title))</title>")
    }

    mutating func dot(_ point: (x: Double, y: Double), _ style: String, title: String, radius: Double = 4) {
        add("circle", [("cx", point.x), ("cy", point.y), ("r", radius)], style, content: "<title>\(HTML.escaped(title))</title>")
    }

    mutating func curve(_ points: [(x: Double, y: Double)], _ style: String) {
        body.append("<polyline points=\"\(Self.list(points))\" class=\"curve \(style)\"/>")
    }

    mutating func area(_ points: [(x: Double, y: Double)], _ style: String) {
        body.append("<polygon points=\"\(Self.list(points))\" class=\"band \(style)\"/>")
    }

    private mutating func add(_ element: String, _ place: [(String, Double)], _ style: String, content: String = "") {
        let attributes = place.map { "\($0.0)=\"\(Self.number($0.1))\"" }.joined(separator: " ")
        body.append("<\(element) \(attributes) class=\"\(style)\">\(content)</\(element)>")
    }

    private static func list(_ points: [(x: Double, y: Double)]) -> String {
        points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    }

    /// A coordinate, to a tenth; one that is far out or none at all is brought in.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        return "\((min(max(value, -10_000), 10_000) * 10).rounded() / 10)"
    }
}
