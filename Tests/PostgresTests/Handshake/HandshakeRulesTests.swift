import Testing
import TestKit

@testable import Postgres

@Suite("What is answered before a session is ready")
struct HandshakeRulesTests {
    private func request(_ code: UInt32, _ rest: String = "") -> [UInt8] {
        MessageProxy.Message("R", code.bigEndianBytes + Array(rest.utf8)).bytes
    }

    private let offer = "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
    private let ready = MessageProxy.Message("S", Array("server_version\u{0}15.1\0".utf8)).bytes + MessageProxy.Message("Z", [73]).bytes

    private func challenge(_ iterations: String) -> [UInt8] { request(11, "r=abc,s=c2FsdA==,i=\(iterations)") }

    /// The message of the refusal; nil where all of it is taken.
    private func refusal(_ bytes: [UInt8], allowsPassword: Bool = false, piece: Int = .max) -> String? {
        var rules = HandshakeRules(allowsPassword: allowsPassword)
        var rest = bytes[...]
        do throws(PostgresError) {
            while !rest.isEmpty {
                try rules.read(rest.prefix(piece))
                rest = rest.dropFirst(piece)
            }
        } catch {
            #expect(error.code == .connectionFailed && !error.isTransient, "\(error)")
            return error.message
        }
        return nil
    }

    @Test("is SCRAM-SHA-256 to its end, in pieces of any size", arguments: [1, 2, 3, 5, 7, 64, .max])
    func scram(piece: Int) {
        let session = request(10, offer) + challenge("4096") + request(12, "v=abc") + request(0) + ready
        #expect(refusal(session, piece: piece) == nil)
        #expect(refusal(session + session, piece: piece) != nil)
    }

    @Test("is the password itself, or its MD5, only where that is allowed", arguments: [3, 5] as [UInt32])
    func password(code: UInt32) {
        #expect(refusal(request(code) + request(0) + ready)?.contains("was not given away") == true)
        #expect(refusal(request(code) + request(0) + ready, allowsPassword: true) == nil)
        #expect(refusal(request(code) + request(code), allowsPassword: true) != nil)
        // Not after SCRAM was begun either.
        for begun in [request(10, offer), request(10, offer) + challenge("4096")] {
            #expect(refusal(begun + request(code), allowsPassword: true) != nil)
        }
    }

    @Test("is no proof that nobody asked for, and none that the server leaves out")
    func proof() {
        #expect(refusal(request(0) + ready)?.contains("did not ask for the password") == true)
        for begun in [request(10, offer), request(10, offer) + challenge("4096")] {
            #expect(refusal(begun + request(0))?.contains("did not prove") == true)
        }
        #expect(refusal(request(10, offer) + request(12)) != nil)
        #expect(refusal(challenge("4096")) != nil)
    }

    @Test(
        "is no other number of SCRAM iterations than can be computed in a second",
        arguments: ["0", "-1", "600001", "2147483647", "9223372036854775808", "", "x", "4096x", "4096,i=1", " 1"])
    func iterations(_ number: String) {
        #expect(refusal(request(10, offer) + challenge(number))?.contains("SCRAM iterations") == true)
    }

    @Test("is 600,000 iterations at most")
    func mostIterations() { #expect(refusal(request(10, offer) + challenge("600000")) == nil) }

    @Test("is no other kind of authentication", arguments: [1, 2, 4, 6, 7, 8, 9, 13, 99, .max] as [UInt32])
    func others(code: UInt32) { #expect(refusal(request(code)) != nil) }

    @Test("is no offer without SCRAM-SHA-256, and no request that is cut short")
    func offers() {
        #expect(refusal(request(10, "PLAIN\0X\0\0"))?.contains("offers no SCRAM-SHA-256") == true)
        #expect(refusal(MessageProxy.Message("R", [0, 0]).bytes) != nil)
        #expect(refusal([82, 0, 0, 0, 3]) != nil)
        #expect(refusal([82, 255, 255, 255, 255]) != nil)
    }

    @Test("is of a bounded size: a message, and all together")
    func size() {
        #expect(refusal([UInt8(ascii: "E")] + UInt32(1 << 30).bigEndianBytes) != nil)
        let parameter = MessageProxy.Message("S", Array(repeating: 97, count: 3000)).bytes
        let begin = request(10, offer) + challenge("4096") + request(12) + request(0)
        #expect(refusal(begin + Array(repeating: parameter, count: 100).joined()) == nil)
        #expect(refusal(begin + Array(repeating: parameter, count: 400).joined())?.contains("KiB before the session began") == true)
    }
}
