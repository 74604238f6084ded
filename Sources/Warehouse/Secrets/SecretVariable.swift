import Glibc
import Postgres
import SQLText

/// Takes a password from an environment variable.
enum SecretVariable {
    /// Throws `secretUnavailable` when it is not set or empty.
    static func read(_ name: String, for tenant: String) throws(WarehouseError) -> PasswordText {
        // The PG* variables are taken out of the environment before the first connection, and nothing changes it after that.
        return try PasswordText(
            getenv(name).map { String(cString: $0) } ?? "", in: "the variable \(name), which holds the password of tenant \(tenant),",
            else: "the variable \(name), which holds the password of tenant \(tenant), is not set",
            hint: "set it in the environment of dayhaul, or say where the password is with "
                + "dayhaul tenant set \(Shell.word(tenant)) --secret-file FILE")
    }
}
