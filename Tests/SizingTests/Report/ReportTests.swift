import FoundationEssentials
import PostgresBinary
import Sizing
import SizingFixture
import Testing

@Suite("The answer in JSON and HTML")
struct ReportTests {
    @Test("JSON has the keys of the contract, every repetition, and what the classes are drawn from")
    func json() throws {
        struct Document: Decodable {
            struct Prediction: Decodable {
                let value: Double
                let low: Double
                let high: Double
            }
            struct Class: Decodable {
                let name: String
                let verdict: String
                let windowSeconds: Prediction
                let binds: String
                let monthlyCost: [String: Double]
            }
            struct Backtest: Decodable {
                let medianError: Double
                let covered: Double
            }
            struct Measurements: Decodable {
                struct Group: Decodable {
                    struct Repetition: Decodable { let wallSeconds: Double }
                    let repetitions: [Repetition]
                }
                let configurations: [Group]
            }
            let classes: [Class]
            let backtest: Backtest
            let measurements: Measurements
        }
        let answer = try AnswerTests.answer()
        let json = try answer.json()
        for key in ["classes", "name", "verdict", "window_seconds", "binds", "monthly_cost", "backtest", "median_error", "covered"] {
            #expect(String(decoding: json, as: UTF8.self).contains("\"\(key)\" :"))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let document = try decoder.decode(Document.self, from: json)
        #expect(document.classes.map(\.name) == answer.classes.map(\.name))
        #expect(
            document.classes.allSatisfy {
                $0.windowSeconds.low <= $0.windowSeconds.value && $0.windowSeconds.value <= $0.windowSeconds.high
            })
        #expect(Set(document.classes[0].monthlyCost.keys) == ["instance", "storage", "throughput", "replicas", "transfer", "total"])
        #expect(document.classes[0].verdict == "PASS" && !document.classes[0].binds.isEmpty)
        #expect(document.backtest.covered >= 0.8 && document.backtest.medianError < 0.1)
        #expect(document.measurements.configurations.map(\.repetitions.count).reduce(0, +) == 9 * 7)
    }

    @Test("the page says how many of the classes are drawn, and the same α and β that the text has")
    func agreesWithText() throws {
        let answer = try AnswerTests.answer()
        #expect(answer.classes.count == 20 && answer.html.contains("The best 12 of 20 classes; the table below has all."))
        let law = try #require(answer.text.split(separator: "\n").first { $0.hasPrefix("beyond cores and disk: ") })
        #expect(answer.html.contains(law))
        let few = try AnswerTests.answer { question, _ in question.classNames = ["db.r6g.large", "db.r7g.large"] }
        #expect(!few.html.contains("The best 2 of 2"))
    }

    @Test("each cell of a table knows its heading, which a narrow screen shows beside it in place of a row that overflows")
    func narrow() throws {
        let html = try AnswerTests.answer().html
        #expect(html.contains("data-name=\"verdict\"><span class=\"PASS\">") && html.contains("content: attr(data-name)"))
        #expect(html.ranges(of: "<td").count == html.ranges(of: " data-name=\"").count)
    }

    @Test("the page needs nothing but itself")
    func selfContained() throws {
        let html = try AnswerTests.answer { question, _ in question.currentCost = 8000 }.html
        for absent in ["http:", "https:", "<script", "src=", "@import", "url(", "<link"] { #expect(!html.contains(absent), "\(absent)") }
        #expect(html.contains("prefers-color-scheme: dark") && html.contains("@media print"))
        #expect(html.components(separatedBy: "<svg ").count == 5)
        for title in ["The night on each class", "Cost against window", "Streams on the measuring machine", "Growth at", "Back-test"] {
            #expect(html.contains(title))
        }
        for absent in ["\"nan", ",nan", "\"inf", ",inf", "–inf"] { #expect(!html.contains(absent)) }
    }

    @Test("the page says where, on what and how it was measured, and that the client does not bind")
    func origin() throws {
        var measurements = KnownLaw().measure(KnownLaw.configurations, nullEnds: true)
        measurements.provenance.settings = [.init("fsync", "off"), .init("work_mem", "7MB")]
        measurements.provenance.seed = 42
        let catalogue = try Catalogue.included()
        let answer = try Answer(Question(AnswerTests.load), measurements, catalogue, today: catalogue.date)
        for said in [
            "generated from seed 42", "fsync off, work_mem 7MB", "45 of 63 repetitions", "Interleaved repetitions after a warm-up",
            "without sources a load takes 70 % of its time, without a warehouse 40 %", "least – most", "far above",
        ] { #expect(answer.html.contains(said), "\(said)") }
        #expect(answer.text.contains("client: without sources a load takes 70 % of its time, without a warehouse 40 %"))
    }

    @Test("what comes from a file is shown as text and nothing else")
    func escaped() throws {
        let hostile = "<script>alert('1')</script>\"&\u{1b}[31m\u{202e}\n"
        var catalogue = try Catalogue.included()
        catalogue.name = hostile
        catalogue.notes = [hostile]
        catalogue.classes = catalogue.classes.prefix(3).map { instance in
            var instance = instance
            instance.name = hostile + instance.name
            instance.note = hostile
            return instance
        }
        var measurements = KnownLaw().measure(KnownLaw.configurations)
        measurements.provenance.cpuModel = hostile
        measurements.provenance.fileSystem = hostile
        measurements.provenance.postgresVersion = hostile
        measurements.provenance.measuredOn = hostile
        var question = Question(AnswerTests.load)
        question.replicaClass = hostile + "db.t4g.large"
        let answer = try Answer(question, measurements, catalogue, today: catalogue.date)
        #expect(!answer.html.contains("<script") && answer.html.contains("&lt;script&gt;alert(&#39;1&#39;)"))
        for hidden in ["\u{1b}", "\u{202e}"] { #expect(!answer.html.contains(hidden) && !answer.text.contains(hidden)) }
        #expect(answer.text.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { $0.count <= 100 })
    }
}
