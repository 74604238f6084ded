import Glibc
import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Where a tenant's password comes from", .timeLimit(.minutes(1)))
struct PasswordSourceTests {
    /// The error of a source that gives no password: it names the tenant, says what to do, and shows none of `hidden`.
    private func expectFailure(_ source: PasswordSource, says words: String..., hides hidden: String...) async {
        let error = await #expect(throws: WarehouseError.self) { try await source.password(of: "tenant_a") }
        #expect(error?.code == .secretUnavailable)
        #expect(error?.hint != nil && error?.message.contains("tenant_a") == true)
        for word in words { #expect(error?.description.contains(word) == true, "\(word): \(error?.description ?? "")") }
        for text in hidden { #expect(error?.description.contains(text) == false) }
    }

    @Test("a command's first line, without its end")
    func command() async throws {
        #expect(try await PasswordSource.command("printf 'p4ss word\\nmore\\n'").password(of: "t") == Secret("p4ss word"))
    }

    @Test(
        "no password is an error that shows neither command nor output", arguments: ["exit 3", "true", "echo; exit 0", "echo half; exit 1"])
    func failures(_ command: String) async throws {
        await expectFailure(.command(command), hides: command)
    }

    @Test("a value prints as dots")
    func hides() {
        #expect(!"\(PasswordSource.value(Secret("hunter2")))".contains("hunter2"))
    }

    @Test("a file's first line, without its end, whatever its end is, and as it is now", arguments: ["", "\n", "\r\n", "\nmore\n"])
    func file(end: String) async throws {
        try await withDirectory { directory in
            let path = "\(directory)/pw"
            for password in [" p4ss wörd ", "another"] {
                write(password + end, to: path)
                let read = try await PasswordSource.file(path).password(of: "t")
                #expect(read == Secret(password))
            }
            // Where secrets are mounted, they are links.
            symlink(path, "\(directory)/link")
            #expect(try await PasswordSource.file("\(directory)/link").password(of: "t") == Secret("another"))
        }
    }

    @Test("a file that others may read or write gives none, whoever they are", arguments: [0o640, 0o604, 0o620, 0o602] as [mode_t])
    func openFile(mode: mode_t) async throws {
        try await withDirectory { directory in
            write("hunter2\n", to: "\(directory)/pw", mode: mode)
            await expectFailure(.file("\(directory)/pw"), says: "open to others", "chmod 600", hides: "hunter2")
        }
    }

    @Test("what is missing, no regular file, or without a first line gives none, and is not waited for")
    func noFile() async throws {
        try await withDirectory { directory in
            await expectFailure(.file("\(directory)/none"), says: "\(directory)/none", "--secret-file")
            await expectFailure(.file(directory), says: "no regular file", "--secret-command")
            mkfifo("\(directory)/fifo", 0o600)
            await expectFailure(.file("\(directory)/fifo"), says: "no regular file")
            write("\nhunter2\n", to: "\(directory)/blank")
            await expectFailure(.file("\(directory)/blank"), says: "first line", hides: "hunter2")
        }
    }

    @Test("a variable that is not set gives none, and is named")
    func variable() async throws {
        #expect(try await PasswordSource.variable("PATH").password(of: "t") == Secret(String(cString: getenv("PATH"))))
        await expectFailure(.variable("NO_SUCH_VARIABLE"), says: "NO_SUCH_VARIABLE", "environment")
    }

    @Test(
        "each kind is opened as what it was sealed as",
        arguments: [.value(Secret("cat pw")), .command("cat pw"), .file("cat pw"), .variable("cat pw")] as [PasswordSource])
    func sealed(source: PasswordSource) async throws {
        try await withDirectory { directory in
            try KeyRing.create(at: "\(directory)/key")
            let keys = try KeyRing(contentsOf: "\(directory)/key")
            var tenant = Tenant(name: "a", host: "h", port: 5432, database: "d", user: "u", tls: TLS())
            try tenant.seal(source, with: keys)
            #expect(try tenant.passwordSource(keys) == source)
        }
    }
}
