import Glibc
import TestKit
import Testing

@testable import Clusters

@Suite("A scratch fleet", .serialized, .timeLimit(.minutes(2)))
struct ScratchFleetTests {
    typealias Variant = ScratchFleet.Variant
    static let variants = [
        Variant(name: "usual", rowsPerDay: 200, days: 2, tenants: 2),
        Variant(name: "wide", rowsPerDay: 100, days: 3, extraTextBytes: 500, tenants: 2),
    ]

    @Test("has what was asked for, is nobody else's as long as it lives, and goes without a trace")
    func endToEnd() async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            let steps = Steps()
            let fleet = try await ScratchFleet.open(
                directory: path, variants: Self.variants, source: try source(), makesWarehouse: true,
                warehouseSettings: ["work_mem": "7MB"], report: steps.note)
            #expect(fleet.tenants.map(\.name) == ["usual_1", "usual_2", "wide_1", "wide_2"])
            for tenant in fleet.tenants { try await holdsItsVariant(tenant, of: fleet) }
            #expect(steps.all.filter { $0.action == .filling }.map(\.member).sorted() == ["usual_1", "wide_1"])
            try await limitsOfTheReader(fleet)
            try await limitsOfTheOwner(fleet)

            let taken = try await size(of: path)
            let estimate = ScratchFleet.estimatedBytes(Self.variants, menuCopies: 1) + (try await size(of: path + "/warehouse"))
            #expect(estimate >= taken && Double(estimate) <= 1.5 * Double(taken), "\(taken) bytes were taken, \(estimate) estimated")

            let second = await #expect(throws: ClusterError.self) { try await open(path) }
            #expect(second?.code == .busy)
            #expect(fleet.members.allSatisfy { $0.isRunning })
            try PrivateFile.write("", to: fleet.engineDirectory + "/key", account: .caller())
            try fleet.destroy()
            #expect(!Directory.exists(path))
            try await eventually("all processes to be gone", within: .seconds(10)) { processes(below: path).isEmpty }
        }
    }

    @Test("runs on as many cores as it is told to, the backends to come included, and gets them back")
    func cores() async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            mkdir(path, 0o711)
            let fleet = try await open(path)
            let all = try ProcessorSet(allowedTo: getpid())
            for count in [1, all.numbers.count, nil] {
                try fleet.restrict(toCores: count)
                let expected = ProcessorSet(numbers: Array(all.numbers.prefix(count ?? .max)))
                for member in fleet.members {
                    #expect(try ProcessorSet(allowedTo: try #require(member.postmasterPID)) == expected)
                    #expect(try await allowedList(ofBackendOf: member) == allowedList(expected))
                    for process in ProcessTable.processes(workingIn: member.dataDirectory) {
                        // One that has ended meanwhile has none.
                        let seen = try? ProcessorSet(allowedTo: process)
                        #expect(seen == nil || seen == expected)
                    }
                }
            }
            for count in [0, all.numbers.count + 1] {
                #expect(throws: ClusterError.self) { try fleet.restrict(toCores: count) }
            }
            try await fleet.standby.stop()
            let stopped = #expect(throws: ClusterError.self) { try fleet.restrict(toCores: nil) }
            #expect(stopped?.code == .notRunning)
            try fleet.destroy()
            #expect(Directory.isEmpty(path), "the directory was there before")
        }
    }

    @Test(
        "writes no more to the warehouse's disk than it is told to, and leaves no group of processes behind",
        .enabled(if: access("/sys/fs/cgroup/blkio/cgroup.procs", W_OK) == 0, "bounding a disk takes root, and cgroup v1 with blkio"))
    func disk() async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            mkdir(path, 0o711)
            let fleet = try await open(path, makesWarehouse: true)
            let warehouse = try #require(fleet.warehouse)
            #expect(fleet.canThrottle)
            // Left by a program that was killed: no process has the number, for pid_max is not above 2^22 (proc(5)).
            let left = "/sys/fs/cgroup/blkio/dayhaul-99999999"
            mkdir(left, 0o755)
            let write = """
                DROP TABLE IF EXISTS t;
                CREATE TABLE t AS SELECT repeat(md5(n::text), 30) AS a FROM generate_series(1, 20000) n;
                CHECKPOINT;
                """
            try await warehouse.psql(write)
            let free = try await seconds { try await warehouse.psql(write) }
            try fleet.throttle(writes: 8_000_000)
            #expect(!Directory.exists(left))
            // 20 MB of rows in the table at least, though they may be packed in WAL.
            let bounded = try await seconds { try await warehouse.psql(write) }
            #expect(bounded > 2 && bounded > 2 * free, "\(bounded) s, \(free) s without a bound")
            try fleet.throttle(writes: nil)
            let freeAgain = try await seconds { try await warehouse.psql(write) }
            #expect(freeAgain < bounded / 2, "\(freeAgain) s, \(bounded) s with a bound")
            #expect(!Directory.names(in: "/sys/fs/cgroup/blkio").contains("dayhaul-\(getpid())"))
            for rate in [0, -1] { #expect(throws: ClusterError.self) { try fleet.throttle(writes: rate) } }
            try fleet.throttle(writes: 8_000_000)
            try await warehouse.stop()
            let stopped = #expect(throws: ClusterError.self) { try fleet.throttle(writes: 8_000_000) }
            #expect(stopped?.code == .notRunning)
            try fleet.throttle(writes: nil)
            try fleet.destroy()
            #expect(!Directory.names(in: "/sys/fs/cgroup/blkio").contains("dayhaul-\(getpid())"))
        }
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    @Test("is not begun where there is too little room")
    func noSpace() async throws {
        try await withDirectory { directory in
            for path in [directory, directory + "/new/fleet"] {
                let error = await #expect(throws: ClusterError.self) { try await open(path, spareBytes: 1 << 60) }
                #expect(error?.code == .noSpace)
                #expect(error?.message.contains("the synthetic tenants take about 0.2 GB") == true, "\(error?.message ?? "")")
            }
            #expect(Directory.isEmpty(directory))
        }
    }

    @Test("the estimate grows with everything, and absurd amounts are only large")
    func estimates() {
        let bytes = { ScratchFleet.estimatedBytes([$0], menuCopies: 1) }
        let plain = Variant(name: "a", rowsPerDay: 1000, days: 30, tenants: 2)
        var more = plain
        more.extraTextBytes = 100
        #expect(bytes(more) > bytes(plain))
        more = plain
        more.tenants += 1
        #expect(bytes(more) > bytes(plain) + 2 * 8_700_000)
        more.rowsPerDay = .max
        more.days = .max
        #expect(bytes(more) == 1_000_000_000_000_000_000)
    }

    @Test(
        "nonsense is refused",
        arguments: [
            [], [variants[0], variants[0]], [Variant(name: "", rowsPerDay: 1, days: 1, tenants: 1)],
            [Variant(name: "A b", rowsPerDay: 1, days: 1, tenants: 1)], [Variant(name: "a", rowsPerDay: 0, days: 1, tenants: 1)],
            [Variant(name: "a", rowsPerDay: 1, days: 0, tenants: 1)], [Variant(name: "a", rowsPerDay: 1, days: 1, tenants: 0)],
            [Variant(name: "a", rowsPerDay: 1, days: 1, extraTextBytes: -1, tenants: 1)],
        ])
    func nonsense(_ variants: [Variant]) async throws {
        try await withDirectory { directory in
            let error = await #expect(throws: ClusterError.self) { try await open(directory + "/fleet", variants) }
            #expect(error?.code == .invalidArgument)
            #expect(Directory.isEmpty(directory))
        }
    }

    @Test("a directory that holds something else, a demo for instance, is not used; nor is this one's by a demo")
    func foreignDirectory() async throws {
        try await withDirectory { directory in
            for name in ["thesis.txt", "lock"] {
                let path = "\(directory)/of-\(name)"
                mkdir(path, 0o711)
                try PrivateFile.write("precious", to: "\(path)/\(name)", account: .caller())
                let error = await #expect(throws: ClusterError.self) { try await open(path) }
                #expect(error?.code == .directoryUnusable)
                #expect(PrivateFile.read("\(path)/\(name)") == "precious")
            }
            try PrivateFile.write("", to: directory + "/scratch.lock", account: .caller())
            await #expect(throws: ClusterError.self) { try await DemoFleet.destroy(directory: directory) }
        }
    }

    @Test("that a killed process left is removed and made anew", arguments: ["filling", "copying", "ready"])
    func killed(at step: String) async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            #expect(try await !rerun("openScratchAndBeKilled", environment: ["SCRATCH": path, "SCRATCH_STEP": step]))
            #expect(Cluster.isMarked(path + "/primary"))
            if step == "ready" {
                try await eventually("the servers to follow", within: .seconds(20)) { processes(below: path).isEmpty }
            }
            let steps = Steps()
            let fleet = try await open(path, report: steps.note)
            #expect(steps.all.contains(.init(member: "primary", action: .removing)))
            #expect(try await facts(of: try #require(fleet.tenants.first), fleet) == "400")
            try fleet.destroy()
            #expect(!Directory.exists(path))
        }
    }

    @Test("(the process that the test above runs)", .enabled(if: getenv("SCRATCH") != nil))
    func openScratchAndBeKilled() async throws {
        let path = try #require(getenv("SCRATCH").map { String(cString: $0) })
        let last = try #require(getenv("SCRATCH_STEP").map { String(cString: $0) })
        _ = try await open(path) { step in
            if step.action.rawValue == last, step.member != "warehouse" { kill(getpid(), SIGKILL) }
        }
    }

    @Test("an opening that is cancelled leaves neither process nor directory", arguments: ["creating", "filling", "copying"])
    func cancelled(at step: String) async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            let steps = Steps()
            let opening = Task { try await open(path, makesWarehouse: true, report: steps.note) }
            try await eventually("step \(step)", within: .seconds(30)) { steps.all.contains { $0.action.rawValue == step } }
            opening.cancel()
            await #expect(throws: (any Error).self) { try await opening.value }
            #expect(!Directory.exists(path))
            try await eventually("all processes to be gone", within: .seconds(10)) { processes(below: path).isEmpty }
        }
    }

    @Test("an opening that fails empties a directory that was there, and a cancelled task can remove a fleet")
    func failed() async throws {
        try await withDirectory { directory in
            var broken = try source()
            broken.generate = "SELECT 1/0;"
            let error = await #expect(throws: ClusterError.self) {
                try await ScratchFleet.open(directory: directory, variants: Self.variants, source: broken, makesWarehouse: true)
            }
            #expect(error?.sqlstate == "22012")
            #expect(Directory.isEmpty(directory))
            try await eventually("all processes to be gone", within: .seconds(10)) { processes(below: directory).isEmpty }

            let path = directory + "/fleet"
            let fleet = try await open(path)
            let removal = Task {
                while !Task.isCancelled { await Task.yield() }
                try fleet.destroy()
            }
            removal.cancel()
            try await removal.value
            #expect(!Directory.exists(path))
        }
    }
}
