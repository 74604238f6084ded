import Glibc

@testable import Clusters

/// Runs one test of this program in a process of its own, one that may be killed.
///
/// - Parameters:
///   - test: the test function's name without parentheses.
///   - environment: what the child sees beside its library path.
/// - Returns: whether the child ended by itself and well.
func rerun(_ test: String, environment: [String: String]) async throws -> Bool {
    let libraries = getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? ""
    let child = Command(
        program: "/proc/self/exe", arguments: ["--testing-library", "swift-testing", "--filter", test],
        environment: environment.merging(["LD_LIBRARY_PATH": libraries]) { $1 }, deadline: .seconds(40))
    return try await child.run().succeeded
}
