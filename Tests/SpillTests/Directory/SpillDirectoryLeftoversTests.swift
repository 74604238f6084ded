import Foundation
import Glibc
import Spill
import Testing

@Suite("Leftovers of runs")
struct SpillDirectoryLeftoversTests {
    @Test("a sweep removes dead runs and nothing else")
    func sweep() async throws {
        try await withSpill { spill in
            try await dead(spill, run: "dead")
            try spill.write([1], run: "live")
            mkdir(spill.path + "/lost+found", 0o700)
            mkdir(spill.path + "/foreign", 0o700)
            try Data([1]).write(to: URL(fileURLWithPath: spill.path + "/foreign/x.lz4"))
            try Data([1]).write(to: URL(fileURLWithPath: spill.path + "/file.lz4"))
            try await withTemporaryDirectory { outside in
                chmod(outside, 0o700)
                try Data([1]).write(to: URL(fileURLWithPath: outside + "/precious.lz4"))
                try Data().write(to: URL(fileURLWithPath: outside + "/.spill-lock"))
                try FileManager.default.createSymbolicLink(atPath: spill.path + "/link", withDestinationPath: outside)

                for directory in [spill.directory, try spill.other()] {
                    let swept = try directory.sweep()
                    #expect(swept.runs == (directory === spill.directory ? 1 : 0))
                    #expect(swept.runs == 0 || swept.bytes > 0)
                }
                #expect(exists(outside + "/precious.lz4"))
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: spill.path).sorted()
                    == [".spill-quota", "file.lz4", "foreign", "link", "live", "lost+found"])
            #expect(try spill.read(run: "live") == [1])
        }
    }

    @Test("a run in use is another process's until that process ends")
    func busy() async throws {
        try await withSpill { spill in
            try spill.write([1])
            let other = try spill.other()
            #expect(code { _ = try other.openFile(run: "run", name: "file", expecting: SpillFixture.identity) } == .runBusy)
            await other.quota.withShare { share in
                #expect(code { _ = try other.makeFile(run: "run", name: "x", identity: SpillFixture.identity, share: share) } == .runBusy)
            }
            #expect(try other.leftovers().isEmpty)
        }
    }

    @Test("complete files of a dead run are listed, taken over, loaded and removed; incomplete ones are not listed")
    func resume() async throws {
        try await withSpill { spill in
            let files = try await dead(spill, run: "dead")
            try Data([4, 0x22, 0x4D, 0x18]).write(to: URL(fileURLWithPath: spill.filePath("cut", run: "dead")))
            #expect(try spill.directory.leftovers() == files)
            #expect(spill.directory.quota.usage.used == 0)

            #expect(try spill.read(name: "a", run: "dead") == [1, 2, 3])
            #expect(spill.directory.quota.usage.used > 0)
            #expect(try spill.other().sweep().runs == 0)
            #expect(code { try spill.read(name: "cut", run: "dead") } == .incomplete)
            try spill.directory.removeRun("dead")
            #expect(!exists(spill.path + "/dead"))
            #expect(spill.directory.quota.usage.used == 0)
        }
    }

    @Test("a dead run is taken over once: its complete files are given and counted, its incomplete and damaged ones removed")
    func adopt() async throws {
        try await withSpill { spill in
            let files = try await dead(spill, run: "dead")
            try Data([4, 0x22, 0x4D, 0x18]).write(to: URL(fileURLWithPath: spill.filePath("cut", run: "dead")))
            var damaged = try contents(of: spill.filePath("a", run: "dead"))
            damaged[damaged.count - 40] ^= 1
            try Data(damaged).write(to: URL(fileURLWithPath: spill.filePath("damaged", run: "dead")))

            #expect(try spill.directory.adopt(run: "never") == nil)
            #expect(try spill.directory.adopt(run: "dead") == files)
            #expect(try spill.directory.adopt(run: "dead") == nil, "this process has it")
            #expect(try spill.other().adopt(run: "dead") == nil, "another process has it")
            #expect(!exists(spill.filePath("cut", run: "dead")) && !exists(spill.filePath("damaged", run: "dead")))

            let held = try files.reduce(0) { try $0 + contents(of: spill.filePath($1.name, run: "dead")).count }
            #expect(spill.directory.quota.usage.used == held)
            #expect(try spill.read(files[0]) == [1, 2, 3])
            try spill.directory.remove(run: "dead", name: "a")
            #expect(spill.directory.quota.usage.used == held / 2)
            try spill.directory.removeRun("dead")
            #expect(spill.directory.quota.usage.used == 0)
        }
    }

    @Test("a run of which no file is complete is taken over empty, and its folder can be used and removed")
    func adoptEmpty() async throws {
        try await withSpill { spill in
            mkdir(spill.path + "/dead", 0o700)
            try Data().write(to: URL(fileURLWithPath: spill.path + "/dead/.spill-lock"))
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: spill.filePath("cut", run: "dead")))
            #expect(try spill.directory.adopt(run: "dead") == [])
            #expect(spill.directory.quota.usage.used == 0)
            try spill.write([1], name: "cut", run: "dead")
            try spill.directory.removeRun("dead")
            #expect(!exists(spill.path + "/dead"))
        }
    }

    @Test("what is not a run's folder is not taken over")
    func adoptForeign() async throws {
        try await withSpill { spill in
            mkdir(spill.path + "/foreign", 0o700)
            try FileManager.default.createSymbolicLink(atPath: spill.path + "/link", withDestinationPath: spill.path + "/foreign")
            #expect(try spill.directory.adopt(run: "foreign") == nil)
            #expect(code { _ = try spill.directory.adopt(run: "link") } == .directoryUnusable)
            #expect(code { _ = try spill.directory.adopt(run: "../x") } == .nameUnusable)
        }
    }

    @Test("a sweep spares the runs it is told to keep")
    func sweepExcept() async throws {
        try await withSpill { spill in
            for run in ["old", "kept", "older"] { try await dead(spill, run: run) }
            #expect(try spill.directory.sweep(except: ["kept"]).runs == 2)
            #expect(try Set(spill.directory.leftovers().map(\.run)) == ["kept"])
            #expect(try spill.directory.adopt(run: "kept")?.count == 2)
        }
    }

    @Test("making files and sweeping at the same time never takes a live run away", .timeLimit(.minutes(1)))
    func race() async throws {
        try await withSpill { spill in
            let sweeper = try spill.other()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        _ = try sweeper.sweep()
                        await Task.yield()
                    }
                }
                for round in 0..<200 {
                    try spill.write([1], run: "run\(round % 3)")
                    #expect(try spill.read(run: "run\(round % 3)") == [1])
                    try spill.directory.removeRun("run\(round % 3)")
                }
                group.cancelAll()
            }
        }
    }

    /// Two finished files of a process that is gone.
    @discardableResult
    private func dead(_ spill: SpillFixture, run: String) async throws -> [SpillFile] {
        let process = try spill.other()
        return try await process.quota.withShare { share in
            try ["a", "b"].map { try SpillFixture.write([1, 2, 3], name: $0, run: run, in: process, share: share) }
        }
    }
}
