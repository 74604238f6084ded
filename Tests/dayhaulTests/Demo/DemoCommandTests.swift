import Glibc
import TestKit
import Testing

@Suite("The demo", .timeLimit(.minutes(5)))
struct DemoCommandTests {
    private func demo(_ program: DayhaulProgram, _ path: String, _ arguments: String...) async throws -> EndedProgram {
        try await program.run(["demo", "--directory", path, "--tenants", "1", "--days", "3", "--rows-per-day", "50"] + arguments)
    }

    @Test(
        "loads its tenants and shows the rows; again it changes nothing; stopped, killed half-way or destroyed, it comes back; destroyed, nothing is left"
    )
    func fromBeginningToEnd() async throws {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory, "PATH": "/usr/bin:/bin"], directory: directory)
            let path = "\(directory)/demo"
            let interrupted = try await program.run(["demo", "--directory", path, "--tenants", "1", "--days", "3", "--rows-per-day", "50"])
            { running in
                try await running.wait(for: "the tenant to be filled") { try running.errorsSoFar().contains("tenant_a: filling") }
                running.send(SIGKILL)
            }
            #expect(interrupted.status == .killed(signal: SIGKILL))
            // Servers that outlive an unfinished demo can be stopped, too.
            #expect(try await demo(program, path, "--stop").status == .exited(0))

            let first = try await demo(program, path)
            #expect(first.status == .exited(0), "\(first.errors)")
            #expect(first.output.contains("done: ") && first.output.contains("public.foodlogstats") && first.output.contains("tenant_a"))
            let again = try await demo(program, path)
            #expect(again.status == .exited(0), "\(again.errors)")
            #expect(!again.errors.contains("creating"))
            #expect(again.output.split(separator: "\n").contains { $0.hasPrefix("tenant_a  foodlogstats") && $0.contains(" 3 ") })

            let stopped = try await demo(program, path, "--stop")
            #expect(stopped.status == .exited(0) && stopped.output.contains("--destroy"), "\(stopped.errors)")
            #expect(try await demo(program, path).status == .exited(0))
            let destroyed = try await demo(program, path, "--destroy")
            #expect(destroyed.status == .exited(0), "\(destroyed.errors)")
            #expect(access(path, F_OK) != 0)
        }
    }
}
