import Postgres
import Subprocess
import SystemPackage

/// Runs a command that prints a password.
enum SecretCommand {
    /// Its standard output without the line end. What it says on standard error goes to the program's own.
    ///
    /// Throws `secretUnavailable` when it does not end with status 0 within a minute or prints nothing.
    static func run(_ command: String, for tenant: String) async throws -> Secret {
        let output = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    .path("/bin/sh"), arguments: ["-c", command], output: .string(limit: 1 << 16), error: .currentStandardError)
                guard result.terminationStatus.isSuccess else { return nil }
                return result.standardOutput
            }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let line = output?.split(whereSeparator: \.isNewline).first, !line.isEmpty else {
            throw WarehouseError(
                .secretUnavailable, "the secret command of tenant \(tenant) did not print a password",
                hint: "run it by hand as the account that runs dayhaul, or give another with dayhaul tenant set --secret-command")
        }
        return Secret(String(line))
    }
}
