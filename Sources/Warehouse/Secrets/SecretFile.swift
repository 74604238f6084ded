import Glibc
import Postgres
import SQLText

/// Reads a password from a file.
enum SecretFile {
    /// The password in it.
    ///
    /// Throws `secretUnavailable` when it cannot be read, is no regular file, is open to others, or holds none.
    static func read(_ path: String, for tenant: String) throws(WarehouseError) -> PasswordText {
        func failure(_ what: String, _ hint: String) -> WarehouseError {
            WarehouseError(.secretUnavailable, "the file \(path) with the password of tenant \(tenant) \(what)", hint: hint)
        }
        // Without O_NONBLOCK a FIFO would be waited for.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw failure(
                "cannot be read: \(String(cString: strerror(errno)))",
                "the account that runs dayhaul must be able to read it; name another with "
                    + "dayhaul tenant set \(Shell.word(tenant)) --secret-file FILE")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("is no regular file", "what is no file can be read by --secret-command")
        }
        guard status.st_mode & 0o077 == 0 else { throw failure("is open to others", "chmod 600 \(Shell.word(path))") }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let length = Glibc.read(descriptor, &buffer, buffer.count)
        return try PasswordText(
            String(decoding: buffer.prefix(max(length, 0)), as: UTF8.self), in: "the file \(path) with the password of tenant \(tenant)",
            else: "the file \(path) with the password of tenant \(tenant) holds none", hint: "its first line is the password")
    }
}
