import Testing

@testable import Sizing

@Suite("Numbers as people read them")
struct FigureTests {
    @Test("have commas, few digits and a unit")
    func usual() {
        #expect(Figure.fixed(1_234_567.891, 1) == "1,234,567.9" && Figure.fixed(-0.04, 1) == "0.0" && Figure.fixed(0.995, 2) == "1.00")
        #expect(
            Figure.short(0.00213) == "0.00213" && Figure.short(21.26) == "21.3" && Figure.short(2130) == "2,130" && Figure.short(0) == "0")
        #expect(Figure.dollars(7600) == "$7,600" && Figure.dollars(64.251) == "$64.25" && Figure.dollars(-5) == "-$5.00")
        #expect(Figure.percent(0.03) == "3.0 %" && Figure.percent(0.89) == "89 %" && Figure.percent(0.0999999) == "10 %")
        #expect(Figure.seconds(59.96) == "1 min 0 s" && Figure.seconds(7500) == "2 h 05 min" && Figure.seconds(0.42) == "0.42 s")
        #expect(Figure.duration(312) == "5.2 min" && Figure.duration(7560) == "2.1 h" && Figure.duration(4.2) == "4.2 s")
        #expect(Figure.interval(Prediction(value: 312, low: 294, high: 324)) == "4.9–5.4")
        #expect(Figure.interval(Prediction(value: 312, low: nil, high: nil)) == "unknown")
        #expect(Figure.mark(20) == "20" && Figure.mark(0.5) == "0.5" && Figure.mark(600_000) == "600 k" && Figure.mark(500) == "500")
    }

    @Test(
        "are text for any Double",
        arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func hostile(value: Double) {
        let texts = [
            Figure.fixed(value, 3), Figure.short(value), Figure.dollars(value), Figure.percent(value), Figure.seconds(value),
            Figure.fixed(value, 30), Figure.duration(value), Figure.mark(value),
            Figure.interval(Prediction(value: value, low: value, high: value)),
        ]
        #expect(texts.allSatisfy { !$0.isEmpty && $0.count < 30 })
    }
}
