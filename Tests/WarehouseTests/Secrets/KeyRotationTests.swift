import Glibc
import Postgres
import TestKit
import Testing

@testable import Warehouse

@Suite("A key file that changes", .timeLimit(.minutes(1)))
struct KeyRotationTests {
    /// Runs `body` with the path of a key file with one key.
    private func withKeyFile(_ body: (String) async throws -> Void) async throws {
        try await withDirectory { directory in
            try KeyRing.create(at: "\(directory)/keys/key")
            try await body("\(directory)/keys/key")
        }
    }

    private func addKey(_ path: String) throws -> KeyRing {
        try KeyRing.change(fileAt: path) { (keys) throws(WarehouseError) in keys.addingKey() }
    }

    private func tenant(_ name: String, sealedWith keys: KeyRing) throws -> Tenant {
        var tenant = Tenant(name: name, host: "h", port: 5432, database: "d", user: "u", tls: TLS())
        try tenant.seal(.value(Secret("secret of \(name)")), with: keys)
        return tenant
    }

    @Test("has the new key first and keeps the others, which still open; nothing else is left beside it, and nobody else may read it")
    func adds() async throws {
        try await withKeyFile { path in
            let before = try KeyRing(contentsOf: path)
            let sealed = try tenant("a", sealedWith: before)
            // As one leaves it that was killed.
            write("rubbish", to: path + ".new", mode: 0o644)
            let after = try addKey(path)
            #expect(after.ids.dropFirst() == before.ids[...] && after.activeKeyID != before.activeKeyID)
            #expect(try KeyRing(contentsOf: path).ids == after.ids)
            #expect(try sealed.passwordSource(after) == .value(Secret("secret of a")))
            #expect(try tenant("a", sealedWith: after).sealingKeyID == after.activeKeyID)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(access(path + ".new", F_OK) != 0)
        }
    }

    @Test("is another file afterwards: who has the old one open reads all of it; a link to it stays a link")
    func replaces() async throws {
        try await withKeyFile { path in
            let old = open(path, O_RDONLY)
            defer { close(old) }
            let whole = text(of: path)
            symlink(path, path + ".link")
            let after = try addKey(path + ".link")
            var buffer = [UInt8](repeating: 0, count: 4096)
            let length = read(old, &buffer, buffer.count)
            #expect(String(decoding: buffer.prefix(length), as: UTF8.self) == whole)
            var status = stat()
            #expect(lstat(path + ".link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
            #expect(try KeyRing(contentsOf: path).ids == after.ids)
        }
    }

    @Test("is left as it was when somebody else is changing it, and when the change cannot be made")
    func refusals() async throws {
        try await withKeyFile { path in
            let before = text(of: path)
            let directory = open(path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }, O_RDONLY)
            flock(directory, LOCK_EX)
            let locked = #expect(throws: WarehouseError.self) { try addKey(path) }
            #expect(locked?.code == .keyFile && locked?.hint == "try again")
            close(directory)
            let id = try KeyRing(contentsOf: path).activeKeyID
            let last = #expect(throws: WarehouseError.self) {
                try KeyRing.change(fileAt: path) { (keys) throws(WarehouseError) in try keys.removingKey(id) }
            }
            #expect(last?.code == .keyInUse)
            #expect(text(of: path) == before && access(path + ".new", F_OK) != 0)
        }
    }

    @Test("never grows beyond what is read of it")
    func bounded() async throws {
        try await withKeyFile { path in
            write(String(repeating: text(of: path), count: 91), to: path)
            let full = try KeyRing(contentsOf: path)
            #expect(full.ids.count == 91)
            let error = #expect(throws: WarehouseError.self) { try addKey(path) }
            #expect(error?.message.contains("too many keys") == true)
            #expect(try KeyRing(contentsOf: path).ids.count == 91)
            write(String(repeating: text(of: path), count: 2), to: path)
            #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: path) }
        }
    }

    @Test("gives up a key by its id: not one that it does not hold, nor one that a password is sealed with, opened or not")
    func removes() async throws {
        try await withKeyFile { path in
            let old = try KeyRing(contentsOf: path)
            var tenants = try ["a", "b"].map { try tenant($0, sealedWith: old) }
            let both = try addKey(path)
            let unknown = #expect(throws: WarehouseError.self) { try both.removingKey("0123456789abcdef") }
            #expect(unknown?.code == .unknownKey && unknown?.hint?.contains(old.activeKeyID) == true)
            // Moved to another host by SQL: it does not open, but would with this key once it is moved back.
            tenants[1].host = "elsewhere"
            let used = #expect(throws: WarehouseError.self) { try KeyRing.checkUnused(old.activeKeyID, by: tenants) }
            #expect(used?.code == .keyInUse && used?.message.contains("a, b") == true)
            try KeyRing.checkUnused(both.activeKeyID, by: tenants)
            #expect(try both.removingKey(old.activeKeyID).ids == [both.activeKeyID])
        }
    }

    @Test("says of each key whose passwords it opens, and of the other passwords why they do not open")
    func use() async throws {
        try await withKeyFile { path in
            let old = try KeyRing(contentsOf: path)
            var tenants = try ["a", "b", "moved"].map { try tenant($0, sealedWith: old) }
            tenants[2].user = "postgres"
            let both = try addKey(path)
            tenants.append(try tenant("c", sealedWith: both))
            tenants.append(try tenant("lost", sealedWith: old.addingKey()))
            let use = KeyUse.of(both, tenants)
            #expect(use.keys.map(\.id) == both.ids)
            #expect(use.keys.map(\.seals) == [true, false])
            #expect(use.keys.map(\.tenants) == [["c"], ["a", "b"]])
            #expect(use.closed.map(\.tenant) == ["moved", "lost"])
            #expect(use.closed.map(\.error.code) == [.cannotUnseal, .cannotUnseal])
        }
    }
}
