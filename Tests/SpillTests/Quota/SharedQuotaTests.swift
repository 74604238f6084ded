import Foundation
import Glibc
import Synchronization
import Testing

@testable import Spill

/// Two directories on one path share the quota as two processes do: locks belong to open files.
@Suite("A quota shared by processes", .timeLimit(.minutes(1)))
struct SharedQuotaTests {
    @Test("what one holds is not there for the other, until it is given back")
    func release() async throws {
        try await withEngines(limit: 100) { one, two in
            try await one.quota.withShare { first in
                try await first.reserve(70)
                try await two.quota.withShare { second in
                    try await second.reserve(20)
                    #expect(two.quota.usage.others >= 70)
                }
                let other = Task { try await two.quota.withShare { try await $0.reserve(31) } }
                try await eventually { two.quota.usage.waiting == 1 && two.quota.usage.others >= 70 }
                #expect(one.quota.usage.claimed + two.quota.usage.claimed <= 100)
                try await first.reserve(1)
                return other
            }.value
            #expect(one.quota.usage.claimed == 0)
            try await eventually { two.quota.usage.claimed == 0 }
        }
    }

    @Test("together they never hold more than the limit, and all get through")
    func sum() async throws {
        let limit = 1_000_000
        try await withEngines(limit: limit) { one, two in
            let held = Held()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(number))
                        let quota = number % 2 == 0 ? one.quota : two.quota
                        for _ in 0..<40 {
                            let bytes = Int.random(in: 1...400_000, using: &generator)
                            try await quota.withShare { share in
                                try await share.reserve(bytes)
                                held.take(bytes)
                                await Task.yield()
                                held.give(bytes)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(held.most <= limit)
            #expect(held.most > limit / 2, "some of it was held at the same time")
            #expect(one.quota.usage.used == 0 && two.quota.usage.used == 0)
        }
    }

    @Test("finished files count for the others until they are removed")
    func finishedFiles() async throws {
        try await withEngines(limit: 1_000_000) { one, two in
            var generator = SeededGenerator(seed: 61)
            let content = generator.noise(600_000)
            try await one.quota.withShare { share in
                try await share.reserve(content.count)
                try SpillFixture.write(content, name: "file", run: "run", in: one, share: share)
            }
            let other = Task { try await two.quota.withShare { try await $0.reserve(500_000) } }
            try await eventually { two.quota.usage.waiting == 1 && two.quota.usage.others >= 600_000 }
            try one.remove(run: "run", name: "file")
            try await other.value
        }
    }

    @Test("a process that is gone without a word frees its share, but not what lies in its folder until that is swept")
    func dead() async throws {
        try await withSpill(limit: 1_000_000) { spill in
            var generator = SeededGenerator(seed: 62)
            let content = generator.noise(600_000)
            do {
                let process = try spill.other(limit: 1_000_000)
                try await process.quota.withShare { share in
                    try await share.reserve(content.count)
                    try SpillFixture.write(content, name: "file", run: "dead", in: process, share: share)
                    try await share.reserve(300_000)
                }
            }
            try await spill.share.reserve(300_000)
            #expect((600_000..<700_000).contains(spill.directory.quota.usage.others))
            let waiting = Task { [share = spill.share] in try await share.reserve(300_000) }
            try await eventually { spill.directory.quota.usage.waiting == 1 }
            #expect(try spill.directory.sweep().runs == 1)
            try await waiting.value
            #expect(spill.directory.quota.usage.others == 0)
        }
    }

    @Test("a process killed with SIGKILL frees its share for one that waits")
    func killed() async throws {
        try await withSpill(limit: 100) { spill in
            async let death: Void = processKilledWhileHolding(spill.path)
            try await eventually { exists(spill.path + "/reserved") }
            let waiting = Task { [share = spill.share] in try await share.reserve(50) }
            try await eventually { spill.directory.quota.usage.waiting == 1 && spill.directory.quota.usage.others >= 90 }
            mkdir(spill.path + "/waits", 0o700)
            try await waiting.value
            #expect(spill.directory.quota.usage.others == 0)
            await death
        }
    }

    /// Another process, which holds 90 of 100 bytes until it sees that somebody waits, and then kills itself.
    private func processKilledWhileHolding(_ path: String) async {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let directory = try SpillDirectory(path: path, quota: SpillQuota(limit: 100))
            try await directory.quota.withShare { share in
                try await share.reserve(90)
                mkdir(path + "/reserved", 0o700)
                try await eventually { exists(path + "/waits") }
                raise(SIGKILL)
            }
        }
    }

    @Test("of two processes whose streams wait for each other, one gives way, and the other goes on")
    func mutualWait() async throws {
        try await withEngines(limit: 100, patience: (4, 400)) { one, two in
            let error = await #expect(throws: SpillError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let holding = Held()
                    for quota in [one.quota, two.quota] {
                        group.addTask {
                            try await quota.withShare { share in
                                try await share.reserve(40)
                                holding.take(1)
                                try await eventually { holding.most == 2 }
                                try await share.reserve(40)
                            }
                        }
                    }
                    var failure: (any Error)?
                    while let result = await group.nextResult() {
                        if case .failure(let error) = result {
                            #expect(failure == nil, "only one gives way")
                            failure = error
                        }
                    }
                    if let failure { throw failure }
                }
            }
            #expect(error?.code == .quotaContended && error?.isTransient == true)
            #expect(one.quota.usage.used == 0 && two.quota.usage.used == 0)
        }
    }

    @Test("one that holds nothing waits on while the other works, whatever the patience of those that hold something")
    func patienceOfTheEmpty() async throws {
        try await withEngines(limit: 100, patience: (1, 3)) { one, two in
            try await one.quota.withShare { first in
                try await first.reserve(100)
                let waiting = Task { try await two.quota.withShare { try await $0.reserve(50) } }
                try await eventually { (two.quota.ledger.claims?.ticks ?? 0) >= 5 }
                return waiting
            }.value
        }
    }

    @Test("while one waits, the other takes no more than an equal share")
    func fairness() async throws {
        try await withEngines(limit: 1000) { one, two in
            try await one.quota.withShare { first in
                try await first.reserve(900)
                let waiting = Task { try await two.quota.withShare { try await $0.reserve(400) } }
                try await eventually { two.quota.usage.waiting == 1 && two.quota.usage.others >= 900 }
                // Streams of the first process that come later than the other's, and would fit as soon as it gives anything back.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await one.quota.withShare { try await $0.reserve(300) } } }
                    try await eventually { one.quota.usage.waiting == 4 }
                    one.quota.update { $0.written(content: 900, disk: 590, by: first.id) }
                    try await waiting.value
                    one.quota.update { $0.discarded(590, by: first.id) }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("requests of one process are granted in the order they came, and cancelling one lets the next go on")
    func order() async throws {
        try await withEngines(limit: 100) { one, two in
            let granted = Recorder()
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await one.quota.withShare { first in
                    try await first.reserve(90)
                    let cancelled = Task { try await two.quota.withShare { try await $0.reserve(95) } }
                    try await eventually { two.quota.usage.waiting == 1 }
                    for number in 1...3 {
                        group.addTask {
                            try await two.quota.withShare { share in
                                try await share.reserve(80)
                                granted.append(number)
                            }
                        }
                        try await eventually { two.quota.usage.waiting == number + 1 }
                    }
                    cancelled.cancel()
                    await #expect(throws: CancellationError.self) { try await cancelled.value }
                    #expect(two.quota.usage.waiting == 3)
                }
                try await group.waitForAll()
            }
            #expect(granted.values == [1, 2, 3])
        }
    }

    @Test("a request larger than the limit fails at once, whoever holds what")
    func exceeded() async throws {
        try await withEngines(limit: 100) { one, two in
            try await one.quota.withShare { share in
                try await share.reserve(100)
                let error = await #expect(throws: SpillError.self) { try await two.quota.withShare { try await $0.reserve(101) } }
                #expect(error?.code == .quotaExceeded)
            }
        }
    }

    @Test("a run that is taken over counts for its new process, without a gap or twice")
    func adopted() async throws {
        try await withSpill(limit: 1_000_000) { spill in
            var generator = SeededGenerator(seed: 63)
            let content = generator.noise(600_000)
            do {
                let process = try spill.other(limit: 1_000_000)
                _ = try await process.quota.withShare { share in
                    try SpillFixture.write(content, name: "file", run: "dead", in: process, share: share)
                }
            }
            let other = try spill.other(limit: 1_000_000)
            #expect(try spill.directory.adopt(run: "dead")?.count == 1)
            #expect(spill.directory.quota.usage.claimed >= 600_000)
            await other.quota.withShare { share in
                let waiting = Task { try await share.reserve(500_000) }
                await #expect(throws: Never.self) {
                    try await eventually { other.quota.usage.waiting == 1 && other.quota.usage.others >= 600_000 }
                }
                #expect(other.quota.usage.others < 800_000)
                waiting.cancel()
                _ = await waiting.result
            }
        }
    }

    @Test("a quota is one directory's")
    func oneDirectory() async throws {
        try await withSpill { spill in
            #expect(code { try SpillDirectory(path: spill.path, quota: spill.directory.quota) } == .directoryUnusable)
        }
    }
}

/// Bytes that several tasks hold.
private final class Held: Sendable {
    private let bytes = Mutex((now: 0, most: 0))

    /// The most that was held at once.
    var most: Int { bytes.withLock { $0.most } }

    func take(_ more: Int) {
        bytes.withLock {
            $0.now += more
            $0.most = max($0.most, $0.now)
        }
    }

    func give(_ less: Int) { bytes.withLock { $0.now -= less } }
}

/// Two directories on one path, each with a quota of its own of the same limit.
private func withEngines(
    limit: Int, patience: (Int, Int) = (400, 400), _ body: (SpillDirectory, SpillDirectory) async throws -> Void
) async throws {
    try await withTemporaryDirectory { parent in
        try await body(
            SpillDirectory(path: parent + "/spill", quota: SpillQuota(limit: limit, patience: patience.0)),
            SpillDirectory(path: parent + "/spill", quota: SpillQuota(limit: limit, patience: patience.1)))
    }
}
