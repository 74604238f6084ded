public import PostgresBinary

/// All that is said to a question: what the text, the JSON document and the page show.
public struct Answer: Sendable {
    /// What was asked.
    public let question: Question
    /// What it is drawn from.
    public let measurements: Measurements
    /// What the classes were taken from.
    public let catalogue: Catalogue
    /// Days between the catalogue's date and today.
    public let catalogueAge: Int
    /// The best first: those that pass and those that may, by cost; then those that fail, by window.
    public let classes: [ClassAnswer]
    /// The cheapest class that passes.
    public let cheapest: ClassAnswer?
    /// The cheapest of those that pass, cost more than it, and are faster.
    public let nextUp: ClassAnswer?
    /// Of the cheapest and the next one up.
    public let growth: [Growth]
    /// Whether the program itself binds.
    public let nullEnds: NullEnds
    /// What keeps the answer from being better, and what to run; empty when nothing does.
    public let notes: [String]
    /// Burstable classes that were not looked at.
    public let leftOut: [String]
    let model: Model

    /// Which classes were not looked at; nil where all were.
    var leftOutLine: String? {
        leftOut.isEmpty
            ? nil : "\(leftOut.count == 1 ? "1 burstable class is" : "\(leftOut.count) burstable classes are") left out: --allow-burstable"
    }

    /// What is said of those who read the warehouse during the night.
    var readersLine: String {
        question.readerShare > 0
            ? "\(Figure.percent(question.readerShare)) of CPU, disk and network are left to readers (--reserve-for-readers)"
            : "readers of the warehouse are not in it: --reserve-for-readers 50%"
    }

    /// How streams scale on any machine, which is what the classes are predicted with.
    var contentionLine: String {
        let contention = model.law.contention
        return "beyond cores and disk: α \(Figure.short(contention.alpha)), β \(Figure.short(contention.beta)), "
            + (contention.knee.map { "best at \(Figure.count($0)) streams" } ?? "no number of streams too many")
    }

    /// What a month costs less than now; nil where there is nothing to compare. Negative where it costs more.
    public var saving: Double? {
        guard let current = question.currentCost, let cheapest else { return nil }
        return current - cheapest.monthlyCost.total
    }

    /// Predictions of held-out configurations; nil where there are too few.
    public var backtest: Backtest? { model.backtest }

    /// Answers a question. Throws for one that cannot be asked and for classes that the catalogue has not.
    public init(_ question: Question, _ measurements: Measurements, _ catalogue: Catalogue, today: CalendarDate) throws(SizingError) {
        try question.check()
        let named = try catalogue.classes(named: question.classNames)
        // One that is named is asked for.
        let instances = named.filter { !$0.isBurstable || question.allowsBurstable || !question.classNames.isEmpty }
        guard !instances.isEmpty else {
            throw SizingError(.unknownClass, "all classes of the catalogue are burstable", hint: "allow them with --allow-burstable")
        }
        let leftOut = named.filter { one in !instances.contains { $0.name == one.name } }.map(\.name)
        guard let replica = try catalogue.classes(named: [question.replicaClass]).first else {
            throw SizingError(.unknownClass, "the catalogue has no class for replicas", hint: "name one of it")
        }
        let model = Model(measurements)
        let age = catalogue.age(on: today)
        let advice = Advice(measurements, model, question, catalogueAge: age)
        let advisor = Advisor(
            forecast: Forecast(
                model: model, catalogue: catalogue, clientCores: measurements.provenance.cores, readerShare: question.readerShare),
            question: question,
            replica: replica, isEnough: advice.isEnough)
        let answers = instances.map(advisor.answer).sorted(by: Self.isBetter)
        let passing = answers.filter { $0.verdict == .pass }
        let cheapest = passing.first
        let nextUp = cheapest.flatMap { best in
            passing.first { $0.monthlyCost.total > best.monthlyCost.total && $0.windowSeconds.value < best.windowSeconds.value }
        }
        self.question = question
        self.measurements = measurements
        self.catalogue = catalogue
        catalogueAge = age
        classes = answers
        self.cheapest = cheapest
        self.nextUp = nextUp
        growth = Growth.all([cheapest, nextUp].compactMap { answer in instances.first { $0.name == answer?.name } }, advisor)
        nullEnds = NullEnds(measurements)
        notes = advice.notes
        self.leftOut = leftOut
        self.model = model
    }

    private static func isBetter(_ a: ClassAnswer, _ b: ClassAnswer) -> Bool {
        func rank(_ verdict: Verdict) -> Int {
            switch verdict {
            case .pass: 0
            case .uncertain: 1
            case .fail: 2
            }
        }
        if a.verdict != b.verdict { return rank(a.verdict) < rank(b.verdict) }
        let isByCost = a.verdict != .fail
        let (first, second) = isByCost ? (a.monthlyCost.total, b.monthlyCost.total) : (a.windowSeconds.value, b.windowSeconds.value)
        return first == second ? a.name < b.name : first < second
    }
}
