import Glibc
import Postgres
import TestKit
import Testing

@testable import Warehouse

@Suite("The key file")
struct KeyRingTests {
    /// Runs `body` with a key ring and its file.
    private func withKeys(_ body: (KeyRing, String) async throws -> Void) async throws {
        try await withDirectory { directory in
            let path = "\(directory)/a/b/key"
            try KeyRing.create(at: path)
            try await body(try KeyRing(contentsOf: path), path)
        }
    }

    @Test("opens what it sealed, and never seals alike twice", arguments: ["passphrase", "", "naïve 🗝 pass", "'; DROP TABLE x; --"])
    func roundTrip(_ text: String) async throws {
        try await withKeys { keys, _ in
            let sealed = try keys.seal(text, for: ["tenant", "host"])
            #expect(try keys.unseal(sealed, for: ["tenant", "host"], remedy: "") == text)
            #expect(try keys.seal(text, for: ["tenant", "host"]) != sealed)
            #expect(sealed.hasPrefix("dayhaul2:\(keys.activeKeyID):"))
            #expect(text.isEmpty || !sealed.contains(text))
        }
    }

    @Test("does not open a password moved to another tenant, host, port, database or user")
    func boundToTenant() async throws {
        try await withKeys { keys, _ in
            var tenant = Tenant(name: "a", host: "h", port: 5432, database: "d", user: "u", tls: TLS())
            try tenant.seal(.value(Secret("secret")), with: keys)
            #expect(try tenant.passwordSource(keys) == .value(Secret("secret")))
            let changes: [(inout Tenant) -> Void] = [
                { $0.name = "b" }, { $0.host = "evil" }, { $0.port = 5433 }, { $0.database = "e" }, { $0.user = "v" },
                // The same letters, divided otherwise.
                { ($0.name, $0.host) = ("ah", "") },
            ]
            for change in changes {
                var moved = tenant
                change(&moved)
                let error = #expect(throws: WarehouseError.self) { try moved.passwordSource(keys) }
                #expect(error?.code == .cannotUnseal)
                #expect(error?.description.contains("secret") == false)
            }
            var elsewhere = tenant
            elsewhere.schema = "reports"
            elsewhere.isEnabled = false
            #expect(try elsewhere.passwordSource(keys) == .value(Secret("secret")))
        }
    }

    @Test("does not open a value of which one byte was changed")
    func detectsChanges() async throws {
        try await withKeys { keys, _ in
            let sealed = try keys.seal("secret", for: ["t"])
            for place in sealed.indices {
                var changed = sealed
                let replacement: Character = sealed[place] == "A" ? "B" : "A"
                changed.replaceSubrange(place...place, with: [replacement])
                // The last character before padding holds bits that stand for nothing; another one may spell the same bytes.
                if changed.dropFirst(26).filter({ $0 != "=" }).count == sealed.dropFirst(26).filter({ $0 != "=" }).count,
                    sealed[place...].dropFirst().allSatisfy({ $0 == "=" })
                {
                    continue
                }
                #expect(throws: WarehouseError.self, "\(sealed.distance(from: sealed.startIndex, to: place))") {
                    try keys.unseal(changed, for: ["t"], remedy: "")
                }
            }
        }
    }

    @Test("names the key that it does not hold")
    func wrongKey() async throws {
        try await withKeys { keys, _ in
            let sealed = try keys.seal("secret", for: ["t"])
            try await withKeys { others, _ in
                let error = #expect(throws: WarehouseError.self) { try others.unseal(sealed, for: ["t"], remedy: "") }
                #expect(error?.message.contains(keys.activeKeyID) == true)
            }
        }
    }

    @Test("may hold two keys: the first seals, both open")
    func twoKeys() async throws {
        try await withKeys { old, oldPath in
            try await withKeys { new, newPath in
                let before = try old.seal("before", for: ["t"])
                try await withDirectory { directory in
                    write(text(of: newPath) + text(of: oldPath), to: "\(directory)/both")
                    let both = try KeyRing(contentsOf: "\(directory)/both")
                    #expect(both.activeKeyID == new.activeKeyID)
                    #expect(try both.unseal(before, for: ["t"], remedy: "") == "before")
                    #expect(try new.unseal(try both.seal("after", for: ["t"]), for: ["t"], remedy: "") == "after")
                }
            }
        }
    }

    @Test("is made 0600 in a directory 0700, and never over another")
    func modes() async throws {
        try await withKeys { _, path in
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            let directory = path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
            #expect(stat(directory, &status) == 0 && status.st_mode & 0o777 == 0o700)
            let before = text(of: path)
            #expect(throws: WarehouseError.self) { try KeyRing.create(at: path) }
            #expect(text(of: path) == before)
        }
    }

    @Test("is refused when others may read it", arguments: [0o640, 0o604, 0o620, 0o601] as [mode_t])
    func refusesOpenFiles(_ mode: mode_t) async throws {
        try await withKeys { _, path in
            chmod(path, mode)
            let error = #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: path) }
            #expect(error?.code == .keyFile && error?.hint == "chmod 600 \(path)")
        }
    }

    @Test("is refused when it is missing, empty, a directory or no key", arguments: ["", "short", "not base64!\n"])
    func refusesOthers(_ content: String) async throws {
        try await withDirectory { directory in
            #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: "\(directory)/none") }
            #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: directory) }
            write(content, to: "\(directory)/key")
            let error = #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: "\(directory)/key") }
            #expect(error?.code == .keyFile)
            #expect(content.isEmpty || error?.description.contains(content) == false)
        }
    }
}
