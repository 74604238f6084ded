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
        #expect(try await PasswordSource.command("printf 'p4ss word\\nmore\\n'").password(of: "t").password == Secret("p4ss word"))
    }

    @Test(
        "no password is an error that shows neither command nor output", arguments: ["exit 3", "true", "echo; exit 0", "echo half; exit 1"])
    func failures(_ command: String) async throws {
        await expectFailure(.command(command), hides: command)
    }

    @Test(
        "is the field password of a JSON document, as RDS keeps it in Secrets Manager, however the AWS command prints it",
        arguments: [
            #"{"username":"reader","password":"p4ss\"w","engine":"postgres","port":5432}"#, "\n{\n  \"password\": \"p4ss\\\"w\"\n}\n",
            #""{\"username\":\"reader\",\"password\":\"p4ss\\\"w\"}""#,
            #"{"ARN":"arn:aws","SecretString":"{\"password\":\"p4ss\\\"w\"}"}"#, #"{"Name":"n","SecretString":"p4ss\"w"}"#,
        ])
    func document(text: String) async throws {
        let found = try PasswordText(text)
        #expect(found.isField && found.password == Secret(#"p4ss"w"#))
        try await withDirectory { directory in
            write(text, to: "\(directory)/pw")
            for source in [PasswordSource.command("cat \(directory)/pw"), .file("\(directory)/pw")] {
                let password = try await source.password(of: "t").password
                #expect(password == Secret(#"p4ss"w"#))
            }
        }
    }

    @Test("is not taken from a JSON document without that field: the message says that it is one, and shows nothing of it")
    func otherDocument() async throws {
        for text in [#"{"user":"hunter2"}"#, #"{"password":""}"#, #"{"password":["hunter2"]}"#] {
            await expectFailure(.command("echo '\(text)'"), says: "JSON document", "field password", hides: "hunter2")
        }
    }

    @Test(
        "is the first line with something in it, whatever it looks like",
        arguments: [("\n \n p4ss \nmore", " p4ss "), ("{p4ss", "{p4ss"), ("\"p4ss\"", "\"p4ss\""), ("[1]", "[1]"), ("{p4ss}\n", "{p4ss}")])
    func line(text: String, password: String) throws {
        let found = try PasswordText(text)
        #expect(!found.isField && found.password == Secret(password))
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
                let read = try await PasswordSource.file(path).password(of: "t").password
                #expect(read == Secret(password))
            }
            // Where secrets are mounted, they are links.
            symlink(path, "\(directory)/link")
            #expect(try await PasswordSource.file("\(directory)/link").password(of: "t").password == Secret("another"))
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
            write("\n \n", to: "\(directory)/blank")
            await expectFailure(.file("\(directory)/blank"), says: "first line")
        }
    }

    @Test("a variable that is not set gives none, and is named")
    func variable() async throws {
        #expect(try await PasswordSource.variable("PATH").password(of: "t").password == Secret(String(cString: getenv("PATH"))))
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
