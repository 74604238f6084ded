import Foundation
import Glibc
import Spill
import Testing

@Suite("Spill directory")
struct SpillDirectoryTests {
    @Test("it is made when missing, with what is missing above it, for the owner alone")
    func made() async throws {
        try await withTemporaryDirectory { parent in
            let path = parent + "/a/b/spill"
            _ = try SpillDirectory(path: path, quota: SpillQuota(limit: 1))
            for folder in ["/a", "/a/b", "/a/b/spill"] {
                #expect(try run("stat", "-c", "%a", parent + folder).output == Array("700\n".utf8))
            }
            _ = try SpillDirectory(path: path + "/", quota: SpillQuota(limit: 1))
        }
    }

    @Test("a directory open to the group or to others is refused", arguments: [0o701, 0o710, 0o720, 0o740, 0o702, 0o704, 0o755, 0o777])
    func openToOthers(mode: Int) async throws {
        try await withTemporaryDirectory { path in
            chmod(path, mode_t(mode))
            #expect(refusal(path) == "is open to the group or to others")
            chmod(path, 0o700)
            #expect(refusal(path) == nil)
        }
    }

    @Test("a symlink is refused, with and without a slash behind it")
    func symlink() async throws {
        try await withTemporaryDirectory { parent in
            chmod(parent, 0o700)
            mkdir(parent + "/real", 0o700)
            try FileManager.default.createSymbolicLink(atPath: parent + "/link", withDestinationPath: parent + "/real")
            #expect(refusal(parent + "/link") == "is a symlink")
            #expect(refusal(parent + "/link//") == "is a symlink")
            try FileManager.default.createSymbolicLink(atPath: parent + "/dangling", withDestinationPath: parent + "/none")
            #expect(refusal(parent + "/dangling") == "is a symlink")
        }
    }

    @Test("a file is refused, also in the middle of the path, and so is no path at all")
    func notADirectory() async throws {
        try await withTemporaryDirectory { parent in
            try Data().write(to: URL(fileURLWithPath: parent + "/file"))
            #expect(refusal(parent + "/file") == "is not a directory")
            #expect(refusal(parent + "/file/spill")?.hasPrefix("cannot be made") == true)
            #expect(refusal("") == "has no name")
        }
    }

    @Test("another user's directory is refused")
    func owner() async throws {
        try await withTemporaryDirectory { path in
            chmod(path, 0o700)
            guard chown(path, 65534, 65534) == 0 else { try Test.cancel("only root can give a directory away") }
            #expect(refusal(path) == "belongs to another user")
        }
    }

    @Test("a directory on a file system that is mounted read-only is refused")
    func readOnly() async throws {
        try await withTemporaryDirectory { path in
            guard try run("mount", "-t", "tmpfs", "-o", "ro,mode=700", "tmpfs", path).status == 0 else {
                try Test.cancel("no right to mount a tmpfs")
            }
            defer { _ = try? run("umount", path) }
            #expect(refusal(path) == "is not writable")
        }
    }

    @Test("a full disk is a transient error, and leaves nothing behind")
    func noSpace() async throws {
        try await withTemporaryDirectory { path in
            guard try run("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", path).status == 0 else {
                try Test.cancel("no right to mount a tmpfs")
            }
            defer { _ = try? run("umount", path) }
            let quota = SpillQuota(limit: 1 << 30)
            let directory = try SpillDirectory(path: path, quota: quota)
            try await quota.withShare { share in
                var generator = SeededGenerator(seed: 9)
                let content = generator.noise(1 << 20)
                try Data(count: 128 * 1024).write(to: URL(fileURLWithPath: path + "/filler"))
                func fill() throws {
                    var writer = try directory.makeFile(run: "run", name: "big", identity: SpillFixture.identity, share: share)
                    do throws(SpillError) {
                        try writer.write(content.span.bytes)
                        Issue.record("more was written than there is room for")
                    } catch {
                        #expect(error.code == .noSpace && error.isTransient)
                    }
                    // Room that comes later does not fill the hole.
                    try FileManager.default.removeItem(atPath: path + "/filler")
                    #expect(throws: SpillError.self) { try writer.write(content.span.bytes.extracting(0..<1)) }
                    do throws(SpillError) {
                        _ = try writer.finish(rows: 0, digest: "", sourcePosition: "")
                        Issue.record("a file with a hole in it was finished")
                    } catch {
                        #expect(error.code == .noSpace)
                    }
                }
                try fill()
                #expect(!exists(path + "/run/big.lz4"))
                #expect(quota.usage.used == 0)
                try SpillFixture.write([1], name: "small", run: "run", in: directory, share: share)
            }
        }
    }

    @Test("a run's folder that is a symlink or a file is refused")
    func runFolder() async throws {
        try await withSpill { spill in
            mkdir(spill.path + "/elsewhere", 0o700)
            try FileManager.default.createSymbolicLink(atPath: spill.path + "/link", withDestinationPath: spill.path + "/elsewhere")
            #expect(code { try spill.write([1], run: "link") } == .directoryUnusable)
            try Data().write(to: URL(fileURLWithPath: spill.path + "/plain"))
            #expect(code { try spill.write([1], run: "plain") } == .directoryUnusable)
            mkdir(spill.path + "/open", 0o700)
            chmod(spill.path + "/open", 0o755)
            #expect(code { try spill.write([1], run: "open") } == .directoryUnusable)
            #expect(try FileManager.default.contentsOfDirectory(atPath: spill.path + "/elsewhere").isEmpty)
        }
    }

    @Test("removing a file gives its bytes back; removing it again changes nothing")
    func remove() async throws {
        try await withSpill { spill in
            try spill.write([1], name: "a")
            try spill.write([1], name: "b")
            let both = spill.directory.quota.usage.used
            try spill.directory.remove(run: "run", name: "a")
            try spill.directory.remove(run: "run", name: "a")
            #expect(!exists(spill.filePath("a")))
            #expect(spill.directory.quota.usage.used == both / 2)
            try spill.directory.removeRun("run")
            #expect(!exists(spill.path + "/run"))
            #expect(spill.directory.quota.usage.used == 0)
            try spill.write([1], name: "a")
        }
    }

    @Test("removing a run leaves what Spill did not make")
    func foreignFiles() async throws {
        try await withSpill { spill in
            try spill.write([1])
            try Data([1]).write(to: URL(fileURLWithPath: spill.path + "/run/notes.txt"))
            try FileManager.default.createSymbolicLink(atPath: spill.filePath("link"), withDestinationPath: spill.path + "/run/notes.txt")
            try spill.directory.removeRun("run")
            #expect(try FileManager.default.contentsOfDirectory(atPath: spill.path + "/run").sorted() == ["link.lz4", "notes.txt"])
        }
    }

    /// Why the directory is refused, without its path; nil when it is not.
    private func refusal(_ path: String) -> String? {
        do throws(SpillError) {
            _ = try SpillDirectory(path: path, quota: SpillQuota(limit: 1))
            return nil
        } catch {
            #expect(error.code == .directoryUnusable && !error.hint.isEmpty)
            return error.message.hasPrefix("the spill directory \(path) ")
                ? String(error.message.dropFirst("the spill directory \(path) ".count))
                : error.message.split(separator: " ").dropFirst(4).joined(separator: " ")
        }
    }
}
