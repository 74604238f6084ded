import SystemPackage
import TestKit
import Testing

@Suite("dayhaul sql", .timeLimit(.minutes(1)))
struct SQLCommandTests {
    @Test(
        "prints each file that it lists as it is in the repository, without a warehouse",
        arguments: ["template-foodlogstats", "template-daily-store-summary", "cron", "roles"])
    func files(name: String) async throws {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: [:], directory: directory)
            #expect(try await program.run(["sql"]).output.contains("\n\(name)  "))
            let printed = try await program.run(["sql", name])
            #expect(printed.status == .exited(0))
            #expect(try printed.output == text(of: Operator.file("\(name).sql").string))
        }
    }

    @Test("says what was meant by another name")
    func otherName() async throws {
        try await withDirectory { directory in
            let ended = try await DayhaulProgram(environment: [:], directory: directory).run(["sql", "template-foodlogstat"])
            #expect(ended.status == .exited(2) && ended.output.isEmpty)
            #expect(ended.errors.contains("did you mean template-foodlogstats?"), "\(ended.errors)")
        }
    }
}
