import Glibc
import TestKit
import Testing

@Suite("The spill directory", .timeLimit(.minutes(3)))
struct SpillDirectoryTests {
    @Test("a symlink, a file, open to others, or impossible to make: status 2 before a tenant is connected to, naming it and what to do")
    func unusable() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let link = "\(boss.home)/link"
                #expect(symlink(boss.home, link) == 0)
                let file = try boss.write("", to: "file")
                let open = "\(boss.home)/open"
                #expect(mkdir(open, 0o700) == 0 && chmod(open, 0o777) == 0)
                for (path, said) in [
                    (link, "symlink"), (file, "not a directory"), (open, "chmod 700"), ("/proc/dayhaul", "cannot be made"),
                ] {
                    let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--spill-directory", path)
                    #expect(ended.status == .exited(2), "\(path): \(ended.errors)")
                    #expect(ended.errors.contains(path) && ended.errors.contains(said), "\(ended.errors)")
                }
                #expect(try await boss.ask("SELECT count(*) FROM _wh.runs") == "0")
            }
        }
    }

    @Test(
        "mounted read-only: status 2; full in the middle of a run: the days stay as they were, and the next run with room loads them",
        .enabled(if: TemporaryFileSystem.canBeMounted, "mounting a file system needs root"))
    func fullFileSystem() async throws {
        try await withTenantSource(days: 4, rowsPerDay: 20_000) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["ingest", "--from", "2025-09-01", "--to", "2025-09-04"]
                try await TemporaryFileSystem.with(size: "1m", at: "\(boss.home)/small") { path in
                    let ended = try await boss.dayhaul(range + ["--spill-directory", path, "--json"])
                    #expect(ended.status == .exited(1), "\(ended.errors)")
                    let document = try ended.document(RunDocument.self)
                    #expect(document.totals.failed == 4 && document.totals.loaded == 0)
                    #expect(document.days.first?.error?.code.hasPrefix("spill.") == true, "\(document.days.first?.error?.code ?? "")")
                    #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "0")
                }
                try await TemporaryFileSystem.with(size: "1m", flags: UInt(MS_RDONLY), at: "\(boss.home)/readonly") { path in
                    let ended = try await boss.dayhaul(range + ["--spill-directory", path])
                    #expect(ended.status == .exited(2), "\(ended.errors)")
                    #expect(ended.errors.contains("read-only"))
                }
                let roomy = try await boss.dayhaul(range)
                #expect(roomy.status == .exited(0), "\(roomy.errors)")
            }
        }
    }
}

/// A file system in memory that can be full.
enum TemporaryFileSystem {
    static let canBeMounted: Bool = {
        var name = Array("/tmp/dayhaul-mount-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { return false }
        defer { rmdir(name) }
        guard mount("tmpfs", name, "tmpfs", 0, "size=64k") == 0 else { return false }
        umount2(name, Int32(MNT_DETACH))
        return true
    }()

    /// Mounts it on a new directory with mode 0700 and takes it away afterwards.
    static func with(size: String, flags: UInt = 0, at path: String, _ body: (String) async throws -> Void) async throws {
        guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", flags, "size=\(size),mode=0700") == 0 else {
            throw ClusterError(.system, "cannot mount on \(path): \(String(cString: strerror(errno)))")
        }
        let result: Result<Void, any Error>
        do {
            try await body(path)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        umount2(path, Int32(MNT_DETACH))
        try result.get()
    }
}
