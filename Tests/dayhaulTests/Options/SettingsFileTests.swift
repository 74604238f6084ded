import Glibc
import SystemPackage
import TestKit
import Testing

@Suite("The settings file", .timeLimit(.minutes(2)))
struct SettingsFileTests {
    /// What the program says of a file; the variable for the warehouse is not set.
    private func errors(_ text: String, mode: FilePermissions = .ownerReadWrite) async throws -> String {
        try await withDirectory { directory in
            let path = "\(directory)/it's.yaml"
            let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: [.create], permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(text.utf8) }
            chmod(path, mode.rawValue)
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            let ended = try await program.run(["status", "--config", path])
            #expect(ended.status == .exited(2), "\(ended.errors)")
            #expect(!ended.errors.contains("hunter2"), "\(ended.errors)")
            return ended.errors
        }
    }

    @Test(
        "that cannot be understood is refused with line and column, and nothing of it is shown",
        arguments: [
            ("a: [\n", "line 1, column 4"), ("limits:\n  sliceDays: 5\n   loaders: 1\n", "line 3, column 4"),
            ("limits:\n\tloaders: 1\n", "line 2, column 1: a tab"), ("warehouse\n", "line 1, column 10"),
            ("- hunter2\n", "line 1, column 1: a list"),
            ("key:\n  file: \"hunter2\n", "a quote that does not end"), ("warehouse: host: hunter2\n", "line 1, column 16: a colon"),
            ("log:\n  level: info\nlog:\n  level: debug\n", "line 3"), ("key:\n  file: |\n    hunter2\n", "line 2, column 9"),
        ])
    func mistakes(text: String, place: String) async throws {
        let errors = try await errors(text)
        #expect(errors.contains(place), "\(errors)")
    }

    @Test("with a name that does not exist is refused, and the message says which was probably meant")
    func unknownName() async throws {
        let errors = try await errors("limits:\n  sliceDay: 5\n")
        #expect(errors.contains("limits.sliceDay") && errors.contains("did you mean limits.sliceDays?"), "\(errors)")
    }

    @Test(
        "with a password in it must not be open to others",
        arguments: [
            "warehouse: host=127.0.0.1 port=1 dbname=d user=u password=hunter2\n", "warehouse: postgresql://u:hunter2@127.0.0.1:1/d\n",
            "warehouse: 'host=127.0.0.1 port=1 dbname=d user=u sslpassword=hunter2'\n",
        ], [0o644, 0o640, 0o604] as [CModeT])
    func openToOthers(text: String, mode: CModeT) async throws {
        let errors = try await errors(text, mode: FilePermissions(rawValue: mode))
        #expect(errors.contains("holds a password and is open to others") && errors.contains(#"chmod 600 '"#), "\(errors)")
    }

    @Test("without a password may be open to others, and is read as YAML is")
    func values() async throws {
        try await withInitialisedOperator { boss in
            for text in [
                "warehouse: \(boss.conninfo)\n", "---\n# a comment\n\nwarehouse:   \"\(boss.conninfo)\"   # more\n",
                "limits:\r\n  sliceDays: '5'\r\nwarehouse: '\(boss.conninfo)'\r\nlog:\n    level: warning\nworker:\n",
            ] {
                let path = try boss.write(
                    text.replacing("worker:\n", with: ""), to: "settings.yaml", mode: [.ownerReadWrite, .groupRead, .otherRead])
                let ended = try await boss.dayhaul("status", "--config", path, environment: ["DAYHAUL_WAREHOUSE": nil])
                #expect(ended.status == .exited(0), "\(text): \(ended.errors)")
            }
        }
    }

    @Test("that was named and is not there is an error, with the reason")
    func missing() async throws {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            let ended = try await program.run(["status", "--config", "none.yaml"])
            #expect(ended.status == .exited(2) && ended.errors.contains("no such file"), "\(ended.errors)")
        }
    }

    @Test("and keys and spill files have no place without a home directory: the message says how to give them one")
    func noHome() async throws {
        try await withInitialisedOperator { boss in
            let key = try await boss.dayhaul(
                "key", "list", environment: ["HOME": nil, "DAYHAUL_KEY_FILE": nil, "PGPASSFILE": "\(boss.home)/.pgpass"])
            #expect(key.status == .exited(2))
            #expect(key.errors.contains("HOME is not set") && key.errors.contains("DAYHAUL_KEY_FILE"), "\(key.errors)")
            let spill = try await boss.dayhaul(
                "run", environment: ["HOME": nil, "DAYHAUL_SPILL_DIRECTORY": nil, "PGPASSFILE": "\(boss.home)/.pgpass"])
            #expect(spill.status == .exited(2))
            #expect(spill.errors.contains("HOME is not set") && spill.errors.contains("DAYHAUL_SPILL_DIRECTORY"), "\(spill.errors)")
            let status = try await boss.dayhaul("status", environment: ["HOME": nil, "PGPASSFILE": "\(boss.home)/.pgpass"])
            #expect(status.status == .exited(0), "\(status.errors)")
        }
    }
}

/// mode_t, as FilePermissions has it.
typealias CModeT = UInt32
