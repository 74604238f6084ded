import PostgresBinary
import Sizing
import SizingFixture
import Testing

@Suite("What a month costs")
struct CostTests {
    private func cost(_ name: String = "db.r6g.xlarge", _ change: (inout Question) -> Void = { _ in }) throws -> ClassAnswer {
        let answer = try AnswerTests.answer { question, _ in
            question.classNames = [name]
            change(&question)
        }
        return try #require(answer.classes.first)
    }

    @Test("is the sum of its parts, by the catalogue's prices")
    func parts() throws {
        let entry = try cost()
        #expect(abs(entry.monthlyCost.instance - 0.45 * 730) < 1e-9)
        // 40 tenants × 365 days × 20,000 rows of 160 B, and 30 % more.
        let gib = 40.0 * 365 * 20_000 * 160 * 1.3 / 1_073_741_824
        #expect(abs(entry.volume.gib - gib.rounded(.up)) <= 1)
        #expect(abs(entry.monthlyCost.storage - entry.volume.gib * 0.115) < 1e-9)
        // 1.6 million rows of 120 B a night, paid on both sides.
        #expect(abs(entry.monthlyCost.transfer - 1.6e6 * 120 / 1e9 * 365 / 12 * 0.02) < 0.001)
        #expect(entry.monthlyCost.throughput == 0 && entry.monthlyCost.replicas == 0)
        let cost = entry.monthlyCost
        #expect(abs(cost.total - (cost.instance + cost.storage + cost.throughput + cost.replicas + cost.transfer)) < 1e-9)
    }

    @Test("is twice that for instance and storage with a standby in another zone")
    func multiAZ() throws {
        let one = try cost().monthlyCost, two = try cost { $0.isMultiAZ = true }.monthlyCost
        #expect(two.instance == 2 * one.instance && two.storage == 2 * one.storage && two.transfer == one.transfer)
    }

    @Test("has an instance of its class for each replica that is added")
    func replicas() throws {
        let cost = try cost { question in
            question.replicas = 7
            question.replicaClass = "db.t4g.medium"
        }
        #expect(abs(cost.monthlyCost.replicas - 7 * 0.065 * 730) < 1e-9)
    }

    @Test("has the smallest volume that RDS makes, and no more throughput below 400 GiB than that has")
    func smallest() throws {
        let entry = try cost { question in
            question.workload.tenants = 1
            question.keptDays = 1
        }
        #expect(entry.volume.gib == 20 && entry.volume.mibPerSecond == 125)
    }

    @Test("is compared with what is paid now")
    func saving() throws {
        let answer = try AnswerTests.answer { question, _ in question.currentCost = 8000 }
        let cheapest = try #require(answer.cheapest)
        #expect(answer.saving == 8000 - cheapest.monthlyCost.total)
        #expect(try AnswerTests.answer { question, _ in question.currentCost = 1 }.saving.map { $0 < 0 } == true)
        #expect(try AnswerTests.answer().saving == nil)
    }

    @Test("buys a larger volume where that makes a class pass, and not where it does not")
    func volume() throws {
        var known = KnownLaw.with(noise: 0.01)
        known.writtenARow = 8000
        func entry(window: Double) throws -> ClassAnswer {
            let answer = try AnswerTests.answer(known) { question, _ in
                question.classNames = ["db.r6g.2xlarge"]
                question.windowSeconds = window
            }
            return try #require(answer.classes.first)
        }
        // 12.8 GB are 98 s at 125 MiB/s, and 43 s at the 297 MB/s of the instance.
        #expect(try entry(window: 200).volume.gib < 400)
        #expect(try entry(window: 200).binds == .gp3)
        #expect(try entry(window: 60).volume.gib == 400)
        #expect(try entry(window: 60).binds == .ebs && entry(window: 60).verdict == .pass)
        #expect(try entry(window: 10).verdict == .fail)
    }
}
