import FoundationEssentials
import SystemPackage
import TestKit
import Testing

@Suite("The line for cron", .timeLimit(.minutes(2)))
struct CronLineTests {
    /// Lines of a text that have cron's five fields and the program's name.
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimming { $0.isWhitespace } }.filter { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true).prefix(5)
            return fields.count == 5 && fields.allSatisfy { $0.allSatisfy { $0.isNumber || "*/,-".contains($0) } }
                && line.contains("dayhaul")
        }.map(String.init)
    }

    @Test("is the same in all documents and in the help, and works in cron's environment on Debian")
    func works() async throws {
        let root = Operator.file("").removingLastComponent()
        let documents = ["README.md", "Sources/dayhaul/Documentation.docc/Operating.md"]
        var found: [String] = []
        for document in documents { found += Self.lines(try text(of: root.appending(document).string)) }
        try await withDirectory { directory in
            let help = try await DayhaulProgram(environment: ["COLUMNS": "80"], directory: directory).run(["run", "--help"])
            found += Self.lines(help.output)
        }
        #expect(found.count == 3 && Set(found).count == 1, "\(found)")
        let line = try #require(found.first)
        // cron(8) takes the rest of the line up to a %, and gives it to /bin/sh.
        let command = line.split(separator: " ", maxSplits: 5)[5]
        #expect(!command.contains("%"))
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let roles = ["engine", "admin", "writer", "reader"].enumerated().map { "  \($1): \(boss.roles[$0])\n" }.joined()
                try FileManager.default.createDirectory(atPath: "\(boss.home)/.config/dayhaul", withIntermediateDirectories: true)
                _ = try boss.write(
                    "warehouse: \(boss.conninfo)\nkey:\n  file: \(boss.keyFile)\nroles:\n\(roles)", to: ".config/dayhaul/dayhaul.yaml")
                // The program is beside the tests, and not where make install puts it.
                let place = FilePath(try DayhaulProgram.path()).removingLastComponent().string
                let cron = DayhaulProgram(
                    environment: ["PATH": "/usr/bin:/bin", "HOME": boss.home, "SHELL": "/bin/sh", "LOGNAME": "me"], directory: boss.home,
                    launcher: ["/bin/sh", "-c", String(command.replacing("/usr/local/bin", with: place))])
                let ended = try await cron.run([])
                #expect(ended.status == .exited(0), "\(ended.errors)")
                #expect(try await boss.ask("SELECT string_agg(kind || ' ' || outcome, ', ') FROM _wh.runs") == "run done")
            }
        }
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
