import Foundation
import Glibc
import Testing

@testable import Spill

@Suite("Claims in a spill directory", .timeLimit(.minutes(1)))
struct ClaimTableTests {
    @Test("a record comes back as it was, and any flipped bit or missing byte is noticed")
    func record() {
        for record in [ClaimRecord(bytes: 0, isWaiting: false), ClaimRecord(bytes: .max, isWaiting: true)] {
            let bytes = record.encoded()
            #expect(bytes.count == ClaimRecord.size)
            #expect(ClaimRecord(decoding: bytes.span.bytes) == record)
            for length in 0..<bytes.count { #expect(ClaimRecord(decoding: bytes.span.bytes.extracting(0..<length)) == nil) }
            for bit in 0..<(bytes.count * 8) {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << (bit % 8)
                #expect(ClaimRecord(decoding: damaged.span.bytes) == nil)
            }
        }
        #expect(ClaimRecord(decoding: [UInt8](repeating: 0, count: ClaimRecord.size).span.bytes) == nil)
    }

    @Test("sums of any claims and any limit do not overflow")
    func extremes() {
        var others = OtherClaims()
        for _ in 0..<10 { others.add(.max, isWaiting: true) }
        others.add(.min, isWaiting: false)
        #expect(others.bytes == OtherClaims.most && others.waiting == 10)
        let change = ClaimChange(held: 5, needed: 6, wanted: 7, isWaiting: true)
        #expect(change.settled(others, limit: OtherClaims.most) == ClaimAnswer(claim: 5, isWaiting: true, others: others))
        var ledger = QuotaLedger(limit: .max)
        let share = ledger.shareOpened()
        _ = ledger.adopted(.max)
        #expect(ledger.requested(OtherClaims.most, by: share, as: 1) == [])
    }

    @Test("garbage in the file of claims counts for nothing and stops nobody", arguments: [0, 1, 23, 24, 25, 24 * 1024, 100_000])
    func garbage(size: Int) async throws {
        try await withSpill(limit: 1000) { spill in
            var generator = SeededGenerator(seed: UInt64(size))
            let other = try spill.other(limit: 1000)
            try await other.quota.withShare { share in
                try await share.reserve(500)
                try overwrite(spill.path + "/.spill-quota", generator.noise(size))
                try await spill.share.reserve(200)
                // The other's next word stands again.
                try await share.reserve(100)
                let late = Task { [share = spill.share] in try await share.reserve(400) }
                try await eventually { spill.directory.quota.usage.others >= 600 }
                late.cancel()
                _ = await late.result
            }
        }
    }

    @Test("a claim beyond belief keeps a stream waiting no longer than its patience")
    func huge() async throws {
        try await withTemporaryDirectory { parent in
            let path = parent + "/spill"
            let directory = try SpillDirectory(path: path, quota: SpillQuota(limit: 1000, patience: 1))
            let other = try SpillDirectory(path: path, quota: SpillQuota(limit: 1000))
            try await other.quota.withShare { held in
                try await held.reserve(1)
                try overwrite(path + "/.spill-quota", ClaimRecord(bytes: .max, isWaiting: true).encoded())
                let error = await #expect(throws: SpillError.self) {
                    try await directory.quota.withShare { try await $0.reserve(100) }
                }
                #expect(error?.code == .quotaContended)
            }
        }
    }

    @Test("a file of claims that someone removed is made anew, and all meet in the new one")
    func removed() async throws {
        try await withSpill(limit: 1000) { spill in
            let other = try spill.other(limit: 1000)
            try await other.quota.withShare { share in
                try await share.reserve(300)
                try FileManager.default.removeItem(atPath: spill.path + "/.spill-quota")
                try await spill.share.reserve(300)
                try await share.reserve(300)
                #expect(other.quota.usage.others >= 300)
                #expect(other.quota.usage.claimed + spill.directory.quota.usage.claimed <= 1000)
            }
        }
    }

    @Test(
        "a directory in which something else has the name of the file of claims is refused",
        arguments: ["symlink", "folder", "fifo", "link"])
    func planted(kind: String) async throws {
        try await withSpill { spill in
            let claims = spill.path + "/.spill-quota"
            let precious = spill.path + "/precious"
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: precious))
            try? FileManager.default.removeItem(atPath: claims)
            switch kind {
            case "symlink": try FileManager.default.createSymbolicLink(atPath: claims, withDestinationPath: precious)
            case "folder": mkdir(claims, 0o700)
            case "fifo": mkfifo(claims, 0o600)
            default: link(precious, claims)
            }
            #expect(code { try spill.other() } == .directoryUnusable)
            // One that was planted later is noticed as well, before anything is written.
            let error = await #expect(throws: SpillError.self) { try await spill.share.reserve(1) }
            #expect(error?.code == .directoryUnusable)
            #expect(try contents(of: precious) == [1, 2, 3])
        }
    }

    @Test("a file of claims of another user is refused")
    func owner() async throws {
        try await withSpill { spill in
            let claims = spill.path + "/.spill-quota"
            try Data().write(to: URL(fileURLWithPath: claims))
            guard chown(claims, 65534, 65534) == 0 else { try Test.cancel("only root can give a file away") }
            #expect(code { try spill.other() } == .directoryUnusable)
        }
    }

    @Test("a sparse file that a dead run left counts for what it takes on disk")
    func sparse() async throws {
        try await withSpill(limit: 1000) { spill in
            mkdir(spill.path + "/dead", 0o700)
            try Data().write(to: URL(fileURLWithPath: spill.path + "/dead/.spill-lock"))
            try Data().write(to: URL(fileURLWithPath: spill.filePath("sparse", run: "dead")))
            truncate(spill.filePath("sparse", run: "dead"), 1 << 40)
            try await spill.share.reserve(1000)
            #expect(spill.directory.quota.usage.others == 0)
        }
    }

    @Test("no child process inherits a lock or a descriptor")
    func inheritance() async throws {
        try await withSpill { spill in
            try await spill.share.reserve(1)
            try spill.write([1])
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { number -> Int32? in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number)
                return target?.hasPrefix(spill.path) == true ? Int32(number) : nil
            }
            #expect(open.count >= 4, "the directory, twice, the claims, the run's folder and its lock")
            for descriptor in open { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
        }
    }
}
