import Postgres
import SQLText
import Subprocess
import SystemPackage

/// Runs a command that prints a password.
enum SecretCommand {
    /// The password in its standard output. What it says on standard error goes to the program's own.
    ///
    /// Throws `secretUnavailable` when it does not end with status 0 within a minute or prints none.
    static func run(_ command: String, for tenant: String) async throws -> PasswordText {
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
        return try PasswordText(
            output ?? "", in: "what the secret command of tenant \(tenant) prints",
            else: "the secret command of tenant \(tenant) did not print a password",
            hint: "run it by hand as the account that runs dayhaul, or give another with "
                + "dayhaul tenant set \(Shell.word(tenant)) --secret-command COMMAND")
    }
}
