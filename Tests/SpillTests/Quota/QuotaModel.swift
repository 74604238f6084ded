import Testing

@testable import Spill

/// Streams of one or more processes that do what streams do, in any order, and what must hold after each step.
struct QuotaModel {
    private struct Stream {
        let process: Int
        var share: QuotaLedger.ShareID
        var waiter: QuotaLedger.WaiterID?
        var wanted = 0
        var reserved = 0
        var unfinished = 0
    }

    /// Each process's ledger; alone, or sharing the limit.
    private(set) var ledgers: [QuotaLedger]
    /// What the processes claim, as the others see it.
    private var claims: [ClaimAnswer?]
    private var streams: [Stream] = []
    private var finished: [(process: Int, bytes: Int)] = []
    private var lastWaiter: QuotaLedger.WaiterID = 0
    private var generator: SeededGenerator

    init(limit: Int, streams count: Int, processes: Int = 1, seed: UInt64) {
        ledgers = (0..<processes).map { _ in QuotaLedger(limit: limit) }
        claims = ledgers.map { _ in nil }
        generator = SeededGenerator(seed: seed)
        for process in ledgers.indices {
            if processes > 1 { update(process) { $0.shared(patience: 4) } }
            for _ in 0..<count { streams.append(Stream(process: process, share: ledgers[process].shareOpened())) }
        }
    }

    mutating func step() {
        let index = Int.random(in: streams.indices, using: &generator)
        let process = streams[index].process
        let share = streams[index].share
        if let waiter = streams[index].waiter {
            let isCancelled = Int.random(in: 0..<10, using: &generator) == 0
            update(process) { isCancelled ? $0.cancelled(waiter) : $0.ticked(waiter) }
        } else if streams[index].reserved > 0 {
            let content = streams[index].reserved
            let disk = Int.random(in: 0...content, using: &generator)
            streams[index].reserved = 0
            streams[index].unfinished += disk
            update(process) { $0.written(content: content, disk: disk, by: share) }
        } else if streams[index].unfinished > 0, Int.random(in: 0..<3, using: &generator) == 0 {
            let bytes = streams[index].unfinished
            streams[index].unfinished = 0
            finished.append((process, bytes))
            update(process) { $0.finished(bytes, by: share) }
        } else {
            lastWaiter += 1
            streams[index].waiter = lastWaiter
            streams[index].wanted = Int.random(in: 1...400, using: &generator)
            update(process) { [wanted = streams[index].wanted, lastWaiter] in $0.requested(wanted, by: share, as: lastWaiter) }
        }
        if !finished.isEmpty, Int.random(in: 0..<4, using: &generator) == 0 { release() }
        check()
        passTime()
    }

    mutating func end() {
        while !finished.isEmpty { release() }
        while let stream = streams.popLast() {
            if let waiter = stream.waiter { update(stream.process) { $0.cancelled(waiter) } }
            update(stream.process) { $0.discarded(stream.unfinished, by: stream.share) }
            update(stream.process) { $0.shareClosed(stream.share) }
        }
    }

    private mutating func release() {
        let file = finished.removeFirst()
        update(file.process) { $0.released(file.bytes) }
    }

    private func check() {
        for (process, ledger) in ledgers.enumerated() {
            let files = finished.reduce(0) { $0 + ($1.process == process ? $1.bytes : 0) }
            #expect(ledger.used == streams.reduce(files) { $0 + ($1.process == process ? $1.reserved + $1.unfinished : 0) })
            if let claim = ledger.claims?.bytes { #expect(ledger.used <= claim) }
        }
        let limit = ledgers[0].limit
        #expect(ledgers.reduce(0) { $0 + $1.used } <= limit)
        #expect(claims.reduce(0) { $0 + ($1?.claim ?? 0) } <= limit)
    }

    /// When all wait and nothing will come, time alone must end the waiting of one; at once in a process that is alone.
    private mutating func passTime() {
        for _ in 0..<200 {
            if !finished.isEmpty || streams.contains(where: { $0.waiter == nil }) { return }
            if ledgers.count == 1 { break }
            for stream in streams { if let waiter = stream.waiter { update(stream.process) { $0.ticked(waiter) } } }
        }
        Issue.record("all wait, and nothing will come")
    }

    /// Tells a process's ledger an event, and does what it says.
    private mutating func update(_ process: Int, _ event: (inout QuotaLedger) -> [QuotaLedger.Action]) {
        var actions = event(&ledgers[process])
        var claimsMade = 0
        var refused: [Int] = []
        while !actions.isEmpty {
            switch actions.removeFirst() {
            case .grant(let waiter):
                guard let index = streams.firstIndex(where: { $0.waiter == waiter }) else { continue }
                streams[index].waiter = nil
                streams[index].reserved += streams[index].wanted
            case .refuse(let waiter, let refusal):
                guard let index = streams.firstIndex(where: { $0.waiter == waiter }) else { continue }
                streams[index].waiter = nil
                if refusal == .cancelled { continue }
                refused.append(index)
            case .claim(let change):
                claimsMade += 1
                #expect(claimsMade < 20, "a ledger that does not stop asking")
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    actions += ledgers[process].claimDelayed()
                } else {
                    var others = OtherClaims()
                    for (index, claim) in claims.enumerated() where index != process {
                        if let claim { others.add(claim.claim, isWaiting: claim.isWaiting) }
                    }
                    let answer = change.settled(others, limit: ledgers[process].limit)
                    claims[process] = answer
                    actions += ledgers[process].claimed(answer)
                }
            }
        }
        for index in refused {
            let bytes = streams[index].unfinished
            streams[index].unfinished = 0
            update(process) { [share = streams[index].share] in $0.discarded(bytes, by: share) }
        }
    }
}
