import Testing

@testable import Spill

/// Streams that do what streams do, in any order, and what must hold after each step.
struct QuotaModel {
    private struct Stream {
        var share: QuotaLedger.ShareID
        var waiter: QuotaLedger.WaiterID?
        var wanted = 0
        var reserved = 0
        var unfinished = 0
    }

    var ledger: QuotaLedger
    private var streams: [Stream] = []
    private var finished: [Int] = []
    private var lastWaiter: QuotaLedger.WaiterID = 0

    init(limit: Int, streams count: Int) {
        ledger = QuotaLedger(limit: limit)
        for _ in 0..<count { streams.append(Stream(share: ledger.shareOpened())) }
    }

    mutating func step(_ generator: inout SeededGenerator) {
        let index = Int.random(in: streams.indices, using: &generator)
        if streams[index].waiter != nil {
            if Int.random(in: 0..<10, using: &generator) == 0, let waiter = streams[index].waiter { carryOut(ledger.cancelled(waiter)) }
        } else if streams[index].reserved > 0 {
            let content = streams[index].reserved
            let disk = Int.random(in: 0...content, using: &generator)
            streams[index].reserved = 0
            streams[index].unfinished += disk
            carryOut(ledger.written(content: content, disk: disk, by: streams[index].share))
        } else if streams[index].unfinished > 0, Int.random(in: 0..<3, using: &generator) == 0 {
            let bytes = streams[index].unfinished
            streams[index].unfinished = 0
            finished.append(bytes)
            carryOut(ledger.finished(bytes, by: streams[index].share))
        } else {
            lastWaiter += 1
            streams[index].waiter = lastWaiter
            streams[index].wanted = Int.random(in: 1...400, using: &generator)
            carryOut(ledger.requested(streams[index].wanted, by: streams[index].share, as: lastWaiter))
        }
        if !finished.isEmpty, Int.random(in: 0..<4, using: &generator) == 0 { carryOut(ledger.released(finished.removeFirst())) }

        #expect(ledger.used == streams.reduce(finished.reduce(0, +)) { $0 + $1.reserved + $1.unfinished })
        #expect(ledger.used <= ledger.limit)
        #expect(!finished.isEmpty || streams.contains { $0.waiter == nil }, "all wait, and nothing will come")
    }

    mutating func end() {
        while !finished.isEmpty { carryOut(ledger.released(finished.removeFirst())) }
        while let index = streams.indices.last {
            if let waiter = streams[index].waiter { carryOut(ledger.cancelled(waiter)) }
            carryOut(ledger.discarded(streams[index].unfinished, by: streams[index].share))
            carryOut(ledger.shareClosed(streams[index].share))
            streams.removeLast()
        }
    }

    private mutating func carryOut(_ actions: [QuotaLedger.Action]) {
        for action in actions {
            switch action {
            case .grant(let waiter):
                guard let index = streams.firstIndex(where: { $0.waiter == waiter }) else { continue }
                streams[index].waiter = nil
                streams[index].reserved += streams[index].wanted
            case .refuse(let waiter, let refusal):
                guard let index = streams.firstIndex(where: { $0.waiter == waiter }) else { continue }
                streams[index].waiter = nil
                if refusal == .cancelled { continue }
                let bytes = streams[index].unfinished
                streams[index].unfinished = 0
                carryOut(ledger.discarded(bytes, by: streams[index].share))
            }
        }
    }
}
