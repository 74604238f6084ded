import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import TestKit
import Testing

@Suite("Units for systemd", .timeLimit(.minutes(2)))
struct ServiceUnitTests {
    private static let analyze = "/usr/bin/systemd-analyze"
    private static let units = ["dayhaul-worker.service", "dayhaul-nightly.service", "dayhaul-nightly.timer"]

    private static func unit(_ name: String) throws -> String {
        try text(
            of: FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()
                .appending("deployment").appending(name).string)
    }

    /// The values of a setting, in the order in which they stand.
    private static func values(of setting: String, in unit: String) -> [String] {
        unit.split(separator: "\n").filter { $0.hasPrefix("\(setting)=") }.map { String($0.dropFirst(setting.count + 1)) }
    }

    @Test("are as systemd wants them", .enabled(if: access(analyze, X_OK) == 0, "systemd-analyze is not installed"))
    func areValid() async throws {
        try await withDirectory { directory in
            var paths: [String] = []
            for name in Self.units {
                let path = "\(directory)/\(name)"
                // It looks for the program, which is not installed here.
                let unit = try Self.unit(name).replacing("/usr/local/bin/dayhaul", with: try DayhaulProgram.path())
                try Data(unit.utf8).write(to: URL(filePath: path))
                paths.append(path)
            }
            let ended = try await Subprocess.run(
                .path(FilePath(Self.analyze)), arguments: Arguments(["verify", "--man=no"] + paths), output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16))
            #expect(ended.terminationStatus.isSuccess && ended.standardError.isEmpty, "\(ended.standardError)")
        }
    }

    @Test("give the worker more time to stop than its grace, and settings that it knows")
    func settings() async throws {
        let unit = try Self.unit("dayhaul-worker.service")
        let settings = Self.values(of: "Environment", in: unit).map { $0.split(separator: "=", maxSplits: 1).map { String($0) } }
        let environment = Dictionary(uniqueKeysWithValues: settings.map { ($0[0], $0[1]) })
        let grace = try #require(environment["DAYHAUL_WORKER_GRACE_SECONDS"].flatMap { Int($0) })
        let stop = try #require(Self.values(of: "TimeoutStopSec", in: unit).first.flatMap { Int($0) })
        #expect(stop >= grace + 20)
        try await withInitialisedOperator { boss in
            var changes: [String: String?] = [:]
            for (name, value) in environment where boss.environment[name] == nil { changes[name] = value }
            let ended = try await boss.dayhaul("worker", "--drain", environment: changes)
            #expect(ended.status == .exited(0), "\(ended.errors)")
        }
    }
}
