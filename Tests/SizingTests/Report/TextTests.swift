import Sizing
import SizingFixture
import Testing

@Suite("One screen of text")
struct TextTests {
    @Test("is no longer and no wider than a screen, whatever the answer is")
    func size() throws {
        let answers = [
            try AnswerTests.answer(), try AnswerTests.answer(repetitions: 1),
            try AnswerTests.answer { question, _ in question.windowSeconds = 1 },
            try AnswerTests.answer { question, _ in
                question.workload = Workload(tenants: 1_000_000, days: 1_000_000, rowsPerDay: 1_000_000_000_000, rowBytes: 120)
            },
        ]
        for answer in answers {
            let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 40)
            #expect(lines.allSatisfy { $0.count <= 100 })
        }
    }

    @Test("reads like this, of generated measurements")
    func golden() throws {
        let answer = try AnswerTests.answer() { question, _ in
            question.windowSeconds = 15
            question.currentCost = 8000
        }
        #expect(answer.text == Self.expected)
    }

    private static let expected = """
        a night: 40 tenants × 2 days × 20,000 rows, 1,600,000 in all, within 15.0 s
        readers of the warehouse are not in it: --reserve-for-readers 50%
        from 45 repetitions of 9 configurations, 2026-11-25, Generated, 8 cores, PostgreSQL 15.20
        catalogue: RDS for PostgreSQL, us-east-1, Single-AZ, on demand, 2026-11-25, 12 days old

        class          verdict  window  interval  binds  streams  GiB  $/month  at 2×
        db.m6g.large   PASS      5.2 s   5.0–5.5  ebs          6   57      123  PASS
        db.m7g.large   PASS      5.1 s   4.8–5.3  ebs          5   57      129  PASS
        db.r6g.large   PASS      5.2 s   5.0–5.5  ebs          6   57      171  PASS
        db.r7g.large   PASS      5.1 s   4.8–5.3  ebs          5   57      189  PASS
        db.r8g.large   PASS      5.0 s   4.7–5.2  ebs          4   57      189  PASS
        db.m6g.xlarge  PASS      3.1 s   2.9–3.2  gp3         13   57      239  PASS
        db.m7g.xlarge  PASS      3.0 s   2.9–3.2  gp3         11   57      253  PASS
        db.r6g.xlarge  PASS      3.1 s   2.9–3.2  gp3         13   57      335  PASS
        and 12 more: --json, --html
        3 burstable classes are left out: --allow-burstable

        cheapest: db.m6g.large, $123 a month: instance $116, storage $6.56, transfer $0.12
        next up: db.m7g.large, $129 a month, 5.1 s
        now $8,000 a month: $7,877 less with it
        outgrown in month 36, at 3.0 % a month
        extraction takes 0.4 % of a db.r6g.large replica; no replica is added: --replicas

        stage      CPU s/M rows        ±  CPU ms/day        ±  B written/row  WAL  of wall
        extract           1.000  0.00758       0.996   0.0261              0    0     15 %
        decode            0.300  0.00226       0.502   0.0103              0    0    5.0 %
        transform         0.299  0.00284       0.502   0.0129              0    0    5.0 %
        encode            0.299  0.00194       0.503  0.00884              0    0    5.0 %
        spill             0.300  0.00232       0.502   0.0106              0    0    5.0 %
        load               2.41   0.0161        7.14    0.101            240  120     35 %
        index             0.400  0.00341        1.21   0.0215              0    0     15 %
        analyse           0.400  0.00390        1.21   0.0246              0    0     10 %
        publish           0.400  0.00364        1.20   0.0230              0    0    4.0 %
        view              0.400  0.00417        1.20   0.0263              0    0    1.0 %

        beyond cores and disk: α 0.0681, β 0.00259, best at 19 streams
        back-test: median error 0.5 %, 100 % of 9 held-out configurations in their interval
        client: without sources a load takes 70 % of its time, without a warehouse 40 %
        """
}
