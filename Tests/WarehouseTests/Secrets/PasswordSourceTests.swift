import Postgres
import Testing
import Warehouse

@Suite("Where a tenant's password comes from", .timeLimit(.minutes(1)))
struct PasswordSourceTests {
    @Test("a command's first line, without its end")
    func command() async throws {
        #expect(try await PasswordSource.command("printf 'p4ss word\\nmore\\n'").password() == Secret("p4ss word"))
    }

    @Test(
        "no password is an error that shows neither command nor output", arguments: ["exit 3", "true", "echo; exit 0", "echo half; exit 1"])
    func failures(_ command: String) async throws {
        let error = await #expect(throws: WarehouseError.self) { try await PasswordSource.command(command).password() }
        #expect(error?.code == .secretUnavailable)
        #expect(error?.description.contains(command) == false)
    }

    @Test("a value prints as dots")
    func hides() {
        #expect(!"\(PasswordSource.value(Secret("hunter2")))".contains("hunter2"))
    }
}
