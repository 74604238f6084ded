import Glibc
import TestKit
import Testing

@testable import Clusters

@Suite("A demo fleet", .timeLimit(.minutes(2)))
struct DemoFleetTests {
    static let source = DemoSource(
        schema: "CREATE TABLE facts (id int PRIMARY KEY, day date NOT NULL, seed int NOT NULL);",
        generate: #"""
            INSERT INTO facts SELECT n, :'first_day'::date + (n - 1) / :rows_per_day, :seed
            FROM generate_series(1, :days * :rows_per_day) n;
            """#,
        firstDay: "2025-09-01", days: 3, rowsPerDay: 100, menuCopies: 1)

    @Test("opens, is left alone by a second opening, comes back after a stop and after a killed run, and goes without a trace")
    func endToEnd() async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            #expect(try await DemoFleet.existing(directory: path) == nil)
            let fleet = try await DemoFleet.open(directory: path, tenants: 1, source: Self.source)
            let tenant = try #require(fleet.tenants.first)
            #expect(try await Self.read(tenant) == "300|2025-09-01|2025-09-03|1")

            try await limitsOfTheReader(tenant)
            try await limitsOfTheOwner(fleet)

            let steps = Steps()
            _ = try await DemoFleet.open(directory: path, tenants: 1, source: Self.source, report: steps.note)
            #expect(steps.all.allSatisfy { $0.action == .ready || $0.action == .replaying })

            try await fleet.stop()
            #expect(fleet.members.allSatisfy { !$0.isRunning })
            let thief = try FaultProxy(to: 1, on: tenant.primary.port)
            defer { thief.stop() }
            // What a run leaves that was killed while it made the warehouse.
            unlink(fleet.warehouse.directory + "/complete")
            let again = try await DemoFleet.open(directory: path, tenants: 1, source: Self.source, report: steps.note)
            let moved = try #require(again.tenants.first)
            #expect(moved.primary.port != thief.port)
            #expect(try await Self.read(moved) == "300|2025-09-01|2025-09-03|1")
            #expect(steps.all.contains(.init(member: "warehouse", action: .creating)))
            #expect(!steps.all.contains(.init(member: "tenant_a", action: .filling)))

            #expect(try await DemoFleet.existing(directory: path)?.tenants.first?.standby.port == moved.standby.port)
            try await again.destroy()
            #expect(again.members.allSatisfy { !$0.isRunning })
            #expect(!Directory.exists(path))
        }
    }

    @Test("a cancelled opening is finished by the next; other data replace a tenant's, and a new warehouse one of an earlier version")
    func cancelledOpening() async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            let opening = Task { try await DemoFleet.open(directory: path, tenants: 1, source: Self.source) }
            try await eventually("the tenant to be begun", within: .seconds(20)) { Cluster.isMarked(path + "/tenant_a") }
            let busy = await #expect(throws: ClusterError.self) {
                try await DemoFleet.open(directory: path, tenants: 1, source: Self.source)
            }
            #expect(busy?.code == .busy)
            opening.cancel()
            await #expect(throws: (any Error).self) { try await opening.value }

            var more = Self.source
            more.days = 4
            let fleet = try await DemoFleet.open(directory: path, tenants: 1, source: more)
            #expect(try await Self.read(try #require(fleet.tenants.first)) == "400|2025-09-01|2025-09-04|1")

            try PrivateFile.write("warehouse", to: fleet.warehouse.directory + "/complete", account: fleet.warehouse.account)
            let steps = Steps()
            let newer = try await DemoFleet.open(directory: path, tenants: 1, source: more, report: steps.note)
            #expect(steps.all.filter { $0.action == .creating }.map(\.member) == ["warehouse"])
            try await limitsOfTheOwner(newer)
            try await newer.destroy()
        }
    }

    @Test("an opening killed with SIGKILL at any step is finished by the next", arguments: ["creating", "filling", "copying", "replaying"])
    func killedOpening(at step: String) async throws {
        try await withDirectory { directory in
            let path = directory + "/fleet"
            #expect(try await !rerun("openAndBeKilled", environment: ["FLEET": path, "FLEET_STEP": step]))
            #expect(Cluster.isMarked(path + "/tenant_a") || step == "creating")
            let fleet = try await DemoFleet.open(directory: path, tenants: 1, source: Self.source)
            #expect(try await Self.read(try #require(fleet.tenants.first)) == "300|2025-09-01|2025-09-03|1")
            try await fleet.destroy()
        }
    }

    @Test("(the process that the test above runs)", .enabled(if: getenv("FLEET") != nil))
    func openAndBeKilled() async throws {
        let path = try #require(getenv("FLEET").map { String(cString: $0) })
        let last = try #require(getenv("FLEET_STEP").map { String(cString: $0) })
        _ = try await DemoFleet.open(directory: path, tenants: 1, source: Self.source) { step in
            if step.action.rawValue == last { kill(getpid(), SIGKILL) }
        }
    }

    @Test("a directory that holds something else is neither used nor removed")
    func foreignDirectory() async throws {
        try await withDirectory { directory in
            try PrivateFile.write("precious", to: directory + "/thesis.txt", account: .caller())
            await #expect(throws: ClusterError.self) { try await DemoFleet.open(directory: directory, tenants: 1, source: Self.source) }
            await #expect(throws: ClusterError.self) { try await DemoFleet.destroy(directory: directory) }
            #expect(PrivateFile.read(directory + "/thesis.txt") == "precious")
        }
    }

    /// What the reader sees on the standby: rows, first day, last day, seed.
    private static func read(_ tenant: DemoFleet.Tenant) async throws -> String {
        try await tenant.standby.psql(
            "SELECT count(*), min(day), max(day), min(seed) FROM facts", database: tenant.reader.database, user: tenant.reader.user,
            password: tenant.reader.password)
    }

    private func limitsOfTheReader(_ tenant: DemoFleet.Tenant) async throws {
        for statement in ["DELETE FROM facts", "CREATE TABLE t ()", "CREATE TEMP TABLE t ()"] {
            let refused = await #expect(throws: ClusterError.self) {
                try await tenant.primary.psql(
                    statement, database: tenant.reader.database, user: tenant.reader.user, password: tenant.reader.password)
            }
            #expect(refused?.sqlstate == "42501")
        }
    }

    private func limitsOfTheOwner(_ fleet: DemoFleet) async throws {
        let owner = try await fleet.warehouse.psql(
            """
            SELECT rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba) FROM pg_roles, pg_database
            WHERE rolname = user AND datname = :'DBNAME'
            """,
            database: fleet.owner.database, user: fleet.owner.user, password: fleet.owner.password)
        #expect(owner == "f|t|t|boss")
    }
}
