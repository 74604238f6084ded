/// What to take, what it costs, and when it is outgrown.
enum ConclusionSection {
    static func html(_ answer: Answer) -> String {
        let notes = answer.notes.map { "<li>\(HTML.escaped($0))</li>" }.joined()
        let list = notes.isEmpty ? "" : "<ul class=\"notes soft\">\(notes)</ul>"
        return "<section class=\"answer\">\n\(conclusion(answer))\n\(list)</section>"
    }

    private static func conclusion(_ answer: Answer) -> String {
        guard let cheapest = answer.cheapest else {
            let isOpen = answer.classes.contains { $0.verdict == .uncertain }
            let verdict: Verdict = isOpen ? .uncertain : .fail
            return "<p><strong class=\"class\">\(isOpen ? "No class is sure to pass" : "No class passes")</strong> "
                + "<span class=\"\(verdict.rawValue)\">\(verdict.rawValue)</span></p>"
        }
        let note = cheapest.note.map { "<p class=\"soft\">\(HTML.escaped($0))</p>" } ?? ""
        let facts = facts(answer, cheapest).map { "<div><dt>\(HTML.escaped($0.0))</dt><dd>\(HTML.escaped($0.1))</dd></div>" }.joined()
        return """
            <p><strong class="class">\(HTML.escaped(cheapest.name))</strong> is the cheapest class that passes: \
            <strong>\(Figure.dollars(cheapest.monthlyCost.total)) a month</strong>, \
            a night of \(Figure.seconds(cheapest.windowSeconds.value)). <span class="PASS">PASS</span></p>
            \(note)
            <dl class="facts">\(facts)</dl>
            """
    }

    private static func facts(_ answer: Answer, _ cheapest: ClassAnswer) -> [(String, String)] {
        let cost = cheapest.monthlyCost
        var facts = [
            ("instance (\(cheapest.priceSource.rawValue) price)", Figure.dollars(cost.instance)),
            ("storage, \(Figure.count(cheapest.volume.gib)) GiB", Figure.dollars(cost.storage)),
            ("bought throughput", Figure.dollars(cost.throughput)), ("replicas added", Figure.dollars(cost.replicas)),
            ("transfer", Figure.dollars(cost.transfer)),
        ]
        if let saving = answer.saving {
            facts.append((saving >= 0 ? "less than now, a month" : "more than now, a month", Figure.dollars(abs(saving))))
        }
        if let growth = answer.growth.first {
            facts.append(("outgrown", growth.outgrownInMonth.map { "in month \($0)" } ?? "not in ten years"))
        }
        facts.append(("at twice the volume", cheapest.atTwiceTheVolume.verdict.rawValue))
        facts.append(("of a \(answer.question.replicaClass) replica", Figure.percent(cheapest.replicaShare)))
        if let next = answer.nextUp { facts.append(("next up: \(next.name)", "\(Figure.dollars(next.monthlyCost.total)) a month")) }
        return facts
    }
}
