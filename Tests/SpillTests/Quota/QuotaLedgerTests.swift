import Testing

@testable import Spill

@Suite("Quota ledger")
struct QuotaLedgerTests {
    @Test("what fits is granted at once, what does not waits until something is given back")
    func waits() {
        var ledger = QuotaLedger(limit: 100)
        let (a, b) = (ledger.shareOpened(), ledger.shareOpened())
        #expect(ledger.requested(60, by: a, as: 1) == [.grant(1)])
        #expect(ledger.requested(60, by: b, as: 2) == [])
        #expect(ledger.written(content: 60, disk: 20, by: a) == [.grant(2)])
        #expect(ledger.used == 80)
    }

    @Test("requests are granted in the order they came: a small one does not overtake a large one")
    func order() {
        var ledger = QuotaLedger(limit: 100)
        let shares = (0..<4).map { _ in ledger.shareOpened() }
        #expect(ledger.requested(90, by: shares[0], as: 1) == [.grant(1)])
        #expect(ledger.requested(50, by: shares[1], as: 2) == [])
        #expect(ledger.requested(5, by: shares[2], as: 3) == [])
        #expect(ledger.requested(50, by: shares[3], as: 4) == [])
        #expect(ledger.written(content: 90, disk: 50, by: shares[0]) == [.grant(2)])
        #expect(ledger.finished(50, by: shares[0]) == [])
        #expect(ledger.released(50) == [.grant(3)])
    }

    @Test("a stream whose own unfinished files pass the limit is refused at once")
    func exceedsAlone() {
        var ledger = QuotaLedger(limit: 100)
        let share = ledger.shareOpened()
        #expect(ledger.requested(101, by: share, as: 1) == [.refuse(1, .exceedsAlone(needed: 101))])
        #expect(ledger.requested(60, by: share, as: 2) == [.grant(2)])
        #expect(ledger.requested(41, by: share, as: 3) == [.refuse(3, .exceedsAlone(needed: 101))])
        #expect(ledger.requested(.max, by: share, as: 4) == [.refuse(4, .exceedsAlone(needed: .max))])
        #expect(ledger.written(content: 60, disk: 60, by: share) == [])
        #expect(ledger.finished(60, by: share) == [])
        #expect(ledger.requested(41, by: share, as: 5) == [], "its finished files will be loaded: it waits for that")
        #expect(ledger.released(60) == [.grant(5)])
    }

    @Test("streams that hold everything and wait for one another do not wait for ever: the last gives way")
    func contended() {
        var ledger = QuotaLedger(limit: 100)
        let (a, b) = (ledger.shareOpened(), ledger.shareOpened())
        #expect(ledger.requested(50, by: a, as: 1) == [.grant(1)])
        #expect(ledger.requested(50, by: b, as: 2) == [.grant(2)])
        #expect(ledger.requested(20, by: a, as: 3) == [])
        #expect(ledger.requested(20, by: b, as: 4) == [.refuse(4, .contended)])
        #expect(ledger.shareClosed(b) == [.grant(3)])
    }

    @Test("a waiting stream that holds nothing does not give way, since nobody would be helped")
    func contendedByOthers() {
        var ledger = QuotaLedger(limit: 100)
        let (a, b, c) = (ledger.shareOpened(), ledger.shareOpened(), ledger.shareOpened())
        #expect(ledger.requested(50, by: a, as: 1) == [.grant(1)])
        #expect(ledger.requested(50, by: b, as: 2) == [.grant(2)])
        #expect(ledger.requested(20, by: a, as: 3) == [])
        #expect(ledger.requested(20, by: c, as: 4) == [])
        #expect(ledger.requested(20, by: b, as: 5) == [.refuse(5, .contended)])
        #expect(ledger.shareClosed(b) == [.grant(3), .grant(4)])
    }

    @Test("streams wait as long as finished files may still be loaded, and give way when that did not suffice")
    func contendedAfterLoading() {
        var ledger = QuotaLedger(limit: 100)
        let (a, b) = (ledger.shareOpened(), ledger.shareOpened())
        _ = ledger.requested(60, by: a, as: 1)
        _ = ledger.written(content: 60, disk: 60, by: a)
        _ = ledger.finished(10, by: a)
        #expect(ledger.requested(40, by: b, as: 2) == [.grant(2)])
        #expect(ledger.requested(30, by: a, as: 3) == [])
        #expect(ledger.requested(30, by: b, as: 4) == [])
        #expect(ledger.released(10) == [.refuse(4, .contended)])
    }

    @Test("a cancelled request is refused, and those behind it move up")
    func cancelled() {
        var ledger = QuotaLedger(limit: 100)
        let (a, b, c) = (ledger.shareOpened(), ledger.shareOpened(), ledger.shareOpened())
        _ = ledger.requested(90, by: a, as: 1)
        #expect(ledger.requested(50, by: b, as: 2) == [])
        #expect(ledger.requested(10, by: c, as: 3) == [])
        #expect(ledger.cancelled(2) == [.refuse(2, .cancelled), .grant(3)])
        #expect(ledger.cancelled(2) == [])
    }

    @Test("a process that shares the quota claims a step more than it needs, asks nobody until that is used, and gives all back in the end")
    func steps() {
        var ledger = QuotaLedger(limit: 1600)
        #expect(ledger.shared(patience: 1) == [])
        let share = ledger.shareOpened()
        let nobody = OtherClaims()
        #expect(ledger.requested(50, by: share, as: 1) == [.claim(ClaimChange(held: 0, needed: 50, wanted: 150, isWaiting: true))])
        #expect(ledger.claimed(ClaimAnswer(claim: 150, isWaiting: false, others: nobody)) == [.grant(1)])
        #expect(ledger.requested(100, by: share, as: 2) == [.grant(2)])
        #expect(ledger.requested(1, by: share, as: 3) == [.claim(ClaimChange(held: 150, needed: 151, wanted: 251, isWaiting: true))])
        #expect(ledger.claimed(ClaimAnswer(claim: 251, isWaiting: false, others: nobody)) == [.grant(3)])
        #expect(ledger.shareClosed(share) == [.claim(ClaimChange(held: 0, needed: 0, wanted: 0, isWaiting: false))])
        #expect(ledger.claimed(ClaimAnswer(claim: 0, isWaiting: false, others: nobody)) == [])
    }

    @Test("what others hold is waited for, and looked at again with time alone")
    func waitsForOthers() {
        var ledger = QuotaLedger(limit: 1600)
        _ = ledger.shared(patience: 2)
        let share = ledger.shareOpened()
        var others = OtherClaims()
        others.add(1500, isWaiting: false)
        let change = ClaimChange(held: 0, needed: 200, wanted: 300, isWaiting: true)
        #expect(ledger.requested(200, by: share, as: 1) == [.claim(change)])
        #expect(ledger.claimed(change.settled(others, limit: 1600)) == [])
        #expect(ledger.written(content: 0, disk: 0, by: share) == [], "no event but time is a reason to ask")
        #expect(ledger.ticked(1) == [.claim(change)])
        #expect(ledger.claimDelayed() == [], "another process was just looking: nothing is known")
        #expect(ledger.ticked(1) == [.claim(change)])
        #expect(ledger.claimed(change.settled(OtherClaims(), limit: 1600)) == [.grant(1)])
    }

    @Test("a claim that cannot be made is told to the first who waits, and to no other")
    func unclaimable() {
        var ledger = QuotaLedger(limit: 1600)
        _ = ledger.shared(patience: 2)
        let share = ledger.shareOpened()
        let error = SpillError(code: .noSpace, message: "", hint: "")
        #expect(ledger.requested(200, by: share, as: 1).count == 1)
        #expect(ledger.claimFailed(error) == [.refuse(1, .unclaimable(error))])
        #expect(ledger.waiting == 0 && ledger.used == 0)
    }

    @Test("no sequence of events loses bytes, grants more than the limit, or leaves all streams waiting")
    func anySequence() {
        for seed in 0..<200 {
            var model = QuotaModel(limit: 1000, streams: 4, seed: UInt64(seed))
            for _ in 0..<300 { model.step() }
            model.end()
            #expect(model.ledgers[0].used == 0 && model.ledgers[0].waiting == 0)
        }
    }

    @Test("processes that share the limit never claim more than it together, and none leaves all waiting", arguments: [2, 3])
    func anySequenceOfProcesses(processes: Int) {
        for seed in 0..<100 {
            var model = QuotaModel(limit: 1000, streams: 3, processes: processes, seed: UInt64(seed))
            for _ in 0..<300 { model.step() }
            model.end()
            #expect(model.ledgers.allSatisfy { $0.used == 0 && $0.waiting == 0 })
        }
    }
}
