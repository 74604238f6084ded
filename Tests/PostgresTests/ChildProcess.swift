import Glibc
import TestKit

@testable import Clusters

/// A test that runs in a process of its own, because it is about what the whole process has: its environment, its output, its memory.
enum ChildProcess {
    /// A connection string given to the child; nil in a process that is not one.
    static var conninfo: String? { getenv(variable).map { String(cString: $0) } }
    /// Whether this process is such a child.
    static var isOne: Bool { conninfo != nil }

    private static let variable = "DAYHAUL_TEST_CHILD"

    /// Runs one test of this program, named by its function without parentheses, and returns all that it printed to standard error.
    ///
    /// - Throws: `ClusterError` with what it printed when it fails or when there is no such test.
    @discardableResult
    static func run(
        _ test: String, _ conninfo: String, environment: [String: String] = [:], within deadline: Duration = .seconds(60)
    ) async throws -> String {
        let libraries = getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? ""
        let fixed = ["LD_LIBRARY_PATH": libraries, variable: conninfo]
        let child = Command(
            program: "/proc/self/exe", arguments: ["--testing-library", "swift-testing", "--filter", "\(test)\\("],
            environment: environment.merging(fixed) { $1 }, deadline: deadline)
        let outcome = try await child.run()
        guard outcome.succeeded, (outcome.output + outcome.errors).contains("1 test ") else {
            throw ClusterError(.programFailed, "\(test) failed in a process of its own:\n\(outcome.output)\n\(outcome.errors)")
        }
        return outcome.output + outcome.errors
    }
}
