import Dispatch
import Testing

@testable import Postgres

@Suite("A blocking call", .timeLimit(.minutes(1)))
struct BlockingCallTests {
    @Test("gives its result")
    func result() async {
        #expect(await BlockingCall.run(within: .seconds(30)) { 42 } == 42)
    }

    @Test("is given up at its deadline, and its late result is dropped")
    func deadline() async {
        let gate = DispatchSemaphore(value: 0)
        let start = ContinuousClock.now
        #expect(await BlockingCall.run(within: .milliseconds(100)) { gate.wait() } == nil)
        #expect(ContinuousClock.now - start >= .milliseconds(100))
        gate.signal()
        #expect(await BlockingCall.run(within: .seconds(30)) { "next" } == "next")
    }

    @Test("is finished also for a task that is already cancelled")
    func cancelled() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await BlockingCall.run(within: .seconds(30)) { 42 }
        }
        task.cancel()
        #expect(await task.value == 42)
    }
}
