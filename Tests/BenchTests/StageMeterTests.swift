import Stages
import Synchronization
import Testing

@Suite("What a meter counts")
struct StageMeterTests {
    private let session = StageMeter.Session(.warehouse, processID: 7)

    @Test("a span within another is not counted in the outer one")
    func nested() {
        let seconds = Mutex(1.0)
        let meter = StageMeter { _ in StageMeter.Usage(cpuSeconds: seconds.withLock { $0 }, bytesRead: Int(seconds.withLock { $0 } * 100)) }
        meter.begin(.publish, in: session, wal: 1000)
        seconds.withLock { $0 = 2 }
        meter.begin(.index, in: session, wal: 1100)
        #expect(meter.stagesUnderWay == [session: .index])
        seconds.withLock { $0 = 5 }
        meter.end(in: session, wal: 1400)
        #expect(meter.stagesUnderWay == [session: .publish])
        seconds.withLock { $0 = 6 }
        meter.end(in: session, wal: 1500)
        let (publish, index) = (meter.count(of: .init(.publish)), meter.count(of: .init(.index)))
        #expect(index.warehouse == .init(cpuSeconds: 3, bytesRead: 300) && index.walBytes == 300)
        #expect(publish.warehouse == .init(cpuSeconds: 2, bytesRead: 200) && publish.walBytes == 200)
        #expect(publish.spanSeconds >= 0 && publish.source == .init() && meter.stagesUnderWay.isEmpty)
    }

    @Test("what the process used before counts where it is asked for, and nothing where it cannot be seen")
    func sinceStart() {
        let seen = StageMeter { _ in StageMeter.Usage(cpuSeconds: 4) }
        seen.begin(.extract, in: session, sinceStart: true)
        seen.end(in: session)
        #expect(seen.count(of: .init(.extract)).warehouse.cpuSeconds == 4)
        let blind = StageMeter()
        blind.begin(.extract, in: session)
        blind.end(in: session)
        blind.end(in: session)
        #expect(blind.count(of: .init(.extract)).warehouse.cpuSeconds == 0)
    }

    @Test("passes are counted under a meter, by tasks that it was given to")
    func passes() async {
        #expect(StageMeter.current == nil)
        let meter = StageMeter()
        await StageMeter.$current.withValue(meter) {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let pass = StageMeter.pass(.spill)
                        var sum = 0.0
                        for n in 1...200_000 { sum += 1 / Double(n) }
                        pass?.end(bytes: sum > 0 ? 10 : 0)
                    }
                }
            }
        }
        let count = meter.count(of: .init(.spill))
        #expect(count.bytes == 30 && count.clientSeconds > 0 && count.passSeconds >= count.clientSeconds * 0.5)
        #expect(meter.count(of: .init(.spill, isReadingBack: true)).bytes == 0)
    }
}
