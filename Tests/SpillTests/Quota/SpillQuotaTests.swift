import Spill
import Synchronization
import Testing

@Suite("Quota", .timeLimit(.minutes(1)))
struct SpillQuotaTests {
    @Test("those who wait are woken in the order they came")
    func order() async throws {
        let quota = SpillQuota(limit: 100)
        let woken = Recorder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await quota.withShare { first in
                try await first.reserve(100)
                for number in 1...3 {
                    group.addTask {
                        try await quota.withShare { share in
                            try await share.reserve(100)
                            woken.append(number)
                        }
                    }
                    try await eventually { quota.usage.waiting == number }
                }
                #expect(woken.values == [])
            }
            try await group.waitForAll()
        }
        #expect(woken.values == [1, 2, 3])
        #expect(quota.usage.used == 0 && quota.usage.waiting == 0)
    }

    @Test("cancelling a task that waits ends its waiting, and a cancelled task does not begin to wait")
    func cancellation() async throws {
        let quota = SpillQuota(limit: 100)
        try await quota.withShare { first in
            try await first.reserve(100)
            let task = Task {
                try await quota.withShare { try await $0.reserve(1) }
            }
            try await eventually { quota.usage.waiting == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(quota.usage.waiting == 0)

            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await quota.withShare { try await $0.reserve(1) }
            }
            await #expect(throws: CancellationError.self) { try await late.value }
        }
    }

    @Test("a stream that alone needs more than the quota fails, and is told what to raise")
    func exceeded() async throws {
        let quota = SpillQuota(limit: 100)
        let error = await #expect(throws: SpillError.self) { try await quota.withShare { try await $0.reserve(101) } }
        #expect(error?.code == .quotaExceeded && error?.isTransient == false)
        #expect(error?.hint.contains("raise the spill quota") == true)
    }

    @Test("a slice larger than the quota goes through while its finished days are loaded and removed")
    func backPressure() async throws {
        try await withSpill(limit: 400_000) { spill in
            var generator = SeededGenerator(seed: 31)
            let day = generator.noise(150_000)
            let (files, loader) = AsyncStream<SpillFile>.makeStream()
            let used = Recorder()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await file in files {
                        used.append(spill.directory.quota.usage.used)
                        #expect(try spill.read(name: file.name) == day)
                        try spill.directory.remove(run: file.run, name: file.name)
                    }
                }
                for number in 0..<20 {
                    try await spill.share.reserve(day.count)
                    loader.yield(try spill.write(day, name: "day\(number)", step: 10_000))
                }
                loader.finish()
                try await group.waitForAll()
            }
            #expect(used.values.allSatisfy { $0 <= 400_000 + 4 * 4096 })
            #expect(spill.directory.quota.usage.used == 0)
        }
    }

    @Test("what is on disk is what is counted")
    func counted() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 32)
            try await spill.share.reserve(1_000_000)
            #expect(spill.directory.quota.usage.used == 1_000_000)
            try spill.write(generator.rows(1_000_000), step: 999)
            #expect(try spill.directory.quota.usage.used == contents(of: spill.filePath("file")).count)
        }
    }
}

/// Numbers that tasks note down, in the order they come.
final class Recorder: Sendable {
    private let numbers = Mutex<[Int]>([])

    var values: [Int] { numbers.withLock { $0 } }

    func append(_ number: Int) { numbers.withLock { $0.append(number) } }
}
