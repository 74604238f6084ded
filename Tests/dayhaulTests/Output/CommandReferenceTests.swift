import Subprocess
import SystemPackage
import TestKit
import Testing

@Suite("The command reference", .timeLimit(.minutes(2)))
struct CommandReferenceTests {
    @Test("in the documentation is what the program's own help says; `make docs` writes it anew")
    func isCurrent() async throws {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()
        let committed = try text(of: root.appending("Sources/dayhaul/Documentation.docc/CommandReference.md").string)
        let generated = try await Subprocess.run(
            .path(root.appending("scripts/command-reference")), arguments: [DayhaulProgram.path()], output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16))
        #expect(generated.terminationStatus.isSuccess, "\(generated.standardError)")
        #expect(generated.standardOutput.contains("## dayhaul ingest"))
        #expect(generated.standardOutput == committed, "run make docs")
    }

    @Test(
        "names every command of the contract that there is, and each says what it is for",
        arguments: [
            "init", "tenant add", "tenant list", "tenant show", "tenant test", "tenant set", "tenant disable", "tenant enable",
            "size", "tenant rename", "tenant drop", "key list", "key add", "key remove",
            "report list", "report show", "report check", "plan", "ingest", "run", "verify", "status", "demo",
        ])
    func helpOfEveryCommand(name: String) async throws {
        try await withDirectory { directory in
            let help = try await DayhaulProgram(environment: [:], directory: directory).run(
                name.split(separator: " ").map(String.init) + ["--help"])
            #expect(help.status == .exited(0))
            #expect(help.errors.isEmpty)
            #expect(help.output.hasPrefix("OVERVIEW: "))
            #expect(help.output.contains("USAGE: dayhaul \(name)"))
        }
    }
}
