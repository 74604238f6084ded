import Testing

@testable import TestKit

@Suite("A proxied direction")
struct LaneTests {
    let start = ContinuousClock.now

    @Test("forwards what came, at once and whole")
    func forwards() {
        var lane = Lane()
        lane.received([1, 2, 3], at: start, under: Faults())
        #expect(lane.action(at: start, under: Faults()) == .send([1, 2, 3]))
        lane.sent(2, at: start, under: Faults())
        #expect(lane.action(at: start, under: Faults()) == .send([3]))
        lane.sent(1, at: start, under: Faults())
        #expect(lane.action(at: start, under: Faults()) == .wait(until: nil))
        lane.ended()
        #expect(lane.action(at: start, under: Faults()) == .finish)
    }

    @Test("holds bytes back for the latency")
    func latency() {
        var faults = Faults()
        faults.latency = .milliseconds(30)
        var lane = Lane()
        lane.received([1], at: start, under: faults)
        #expect(lane.action(at: start, under: faults) == .wait(until: start + .milliseconds(30)))
        #expect(lane.action(at: start + .milliseconds(30), under: faults) == .send([1]))
    }

    @Test("sends no more than the bandwidth allows")
    func bandwidth() {
        var faults = Faults()
        faults.bytesPerSecond = 100
        var lane = Lane()
        lane.received([UInt8](repeating: 0, count: 10), at: start, under: faults)
        #expect(lane.action(at: start, under: faults) == .send([0, 0]))
        lane.sent(2, at: start, under: faults)
        #expect(lane.action(at: start, under: faults) == .wait(until: start + .milliseconds(20)))
    }

    @Test("cuts after exactly the bytes asked for, also across chunks", arguments: 0...6)
    func cuts(after count: Int) {
        var faults = Faults()
        faults.cut = .init(after: count, .reset)
        var lane = Lane()
        lane.received([0, 1, 2], at: start, under: faults)
        lane.received([3, 4, 5, 6], at: start, under: faults)
        var passed: [UInt8] = []
        while case .send(let bytes) = lane.action(at: start, under: faults) {
            passed += bytes
            lane.sent(bytes.count, at: start, under: faults)
        }
        #expect(passed == Array(0..<UInt8(count)))
        #expect(lane.action(at: start, under: faults) == .end(.reset))
    }

    @Test("flips one bit of the byte at the offset, also when it is sent again after a short write")
    func flips() {
        var faults = Faults()
        faults.flip = .init(offset: 2, bit: 7)
        var lane = Lane()
        lane.received([1, 2, 3, 4], at: start, under: faults)
        #expect(lane.action(at: start, under: faults) == .send([1, 2, 0x83, 4]))
        lane.sent(1, at: start, under: faults)
        #expect(lane.action(at: start, under: faults) == .send([2, 0x83, 4]))
    }

    @Test("takes no more than its capacity, and nothing while it is stalled")
    func room() {
        var lane = Lane()
        lane.received([UInt8](repeating: 0, count: Lane.capacity - 1), at: start, under: Faults())
        #expect(lane.room(under: Faults()) == 1)
        var stalled = Faults()
        stalled.isStalled = true
        #expect(lane.room(under: stalled) == 0)
        #expect(lane.action(at: start, under: stalled) == .wait(until: nil))
    }
}
