import Testing

@testable import Clusters

@Suite("Where the servers come from")
struct ServerProgramsTests {
    @Test("a directory asked for counts, and is refused when a program is missing")
    func wish() async throws {
        let found = try await ServerPrograms.locate()
        #expect(try await ServerPrograms.locate(in: found.directory) == found)
        #expect(try await ServerPrograms.locate(in: nil) { $0 == "DAYHAUL_PG_BIN" ? found.directory : nil } == found)
        let error = await #expect(throws: ClusterError.self) { try await ServerPrograms.locate(in: "/bin") }
        #expect(error?.code == .programsNotFound)
        #expect(error?.hint != nil)
    }

    @Test("the class of a directory's permissions that applies decides who may enter")
    func traversal() {
        let account = ServerAccount(name: "p", userID: 10, groupID: 20, groups: [20, 21], isCaller: false)
        #expect(account.maySearch(owner: 10, group: 0, mode: 0o100))
        #expect(!account.maySearch(owner: 10, group: 20, mode: 0o011))
        #expect(account.maySearch(owner: 0, group: 21, mode: 0o710))
        #expect(!account.maySearch(owner: 0, group: 21, mode: 0o701))
        #expect(account.maySearch(owner: 0, group: 0, mode: 0o711))
        #expect(!account.maySearch(owner: 0, group: 0, mode: 0o770))
    }
}
