import Testing

@testable import Postgres

@Suite("An error of a connection")
struct PostgresErrorTests {
    @Test(
        "is one line without control characters, whatever a server sends",
        arguments: [
            ("a\nb\r\nc", "a b c"), ("\u{1B}[31mred\u{7}", "[31mred"), ("a\u{0}b\u{9}c", "a b c"), ("\u{9B}31m", "31m"), ("  a  ", "a"),
            ("a\u{2028}b\u{2029}c", "a b c"), ("a\u{202E}b\u{200B}c", "a b c"), ("größe 語 e\u{301}", "größe 語 e\u{301}"), ("", ""),
        ])
    func oneLine(text: String, line: String) {
        #expect(PostgresError.oneLine(text) == line)
        let error = PostgresError(.server, text, hint: text)
        #expect(error.message == line)
        #expect(error.hint == line)
    }

    @Test("is bounded, whatever a server sends")
    func bounded() {
        #expect(PostgresError.oneLine(String(repeating: "x", count: 1_000_000)).utf8.count == 600)
        #expect(PostgresError.oneLine(String(repeating: "e\u{301}", count: 1_000_000)).unicodeScalars.count <= 600)
    }

    @Test("tells the message, the SQLSTATE and what to do")
    func description() {
        #expect(PostgresError(.stalled, "no byte").description == "no byte")
        let denied = PostgresError(.server, "permission denied", sqlstate: SQLState("42501"))
        #expect(denied.description == "permission denied (SQLSTATE 42501); hint: grant the missing privilege to this user on the server")
        #expect(PostgresError(.server, "a", sqlstate: SQLState("42501"), hint: "b").description == "a (SQLSTATE 42501); hint: b")
    }

    @Test(
        "is transient or final by its code",
        arguments: [
            (PostgresError.Code.invalidParameters, false), (.nameNotResolved, true), (.connectionFailed, true),
            (.connectDeadlineExceeded, true),
            (.connectionLost, true), (.stalled, true), (.server, false), (.protocolViolation, false), (.commitOutcomeUnknown, true),
        ])
    func codes(code: PostgresError.Code, isTransient: Bool) {
        #expect(PostgresError(code, "something").isTransient == isTransient)
    }

    @Test("is transient or final by its SQLSTATE where it has one")
    func states() {
        #expect(PostgresError(.connectionFailed, "too many clients", sqlstate: SQLState("53300")).isTransient)
        #expect(!PostgresError(.connectionFailed, "no such database", sqlstate: SQLState("3D000")).isTransient)
        #expect(PostgresError(.server, "deadlock detected", sqlstate: SQLState("40P01")).isTransient)
    }

    @Test(
        "is final when a connection failed for want of trust, and transient when the network failed",
        arguments: [
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: SSL error: certificate verify failed", false),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: server does not support SSL, but SSL was required", false),
            (
                "connection to server at \"h\" (127.0.0.1), port 1 failed: server certificate for \"x\" does not match host name \"h\"",
                false
            ),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: fe_sendauth: no password supplied", false),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: Connection refused", true),
            ("connection to server at \"password.SSL\" (127.0.0.1), port 1 failed: Connection refused", true),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: SSL SYSCALL error: EOF detected", true),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: SSL SYSCALL error: Connection reset by peer", true),
            ("connection to server at \"h\" (127.0.0.1), port 1 failed: SSL error: unexpected eof while reading", true),
        ])
    func trust(message: String, isTransient: Bool) {
        #expect(PostgresError(.connectionFailed, message).isTransient == isTransient)
    }
}
