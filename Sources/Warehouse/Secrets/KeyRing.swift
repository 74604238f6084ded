import Crypto
import FoundationEssentials
import Glibc

/// The keys that open tenants' passwords: a file outside the database, readable by its owner alone.
///
/// One key a line in base64, 32 bytes each; the first seals, all open, so that two may be live while one replaces the other.
public struct KeyRing: Sendable {
    private let keys: [(id: String, key: SymmetricKey)]

    /// Reads the file at `path`. Throws `keyFile` when it is missing, readable by others, or holds something else.
    public init(contentsOf path: String) throws(WarehouseError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw WarehouseError(
                .keyFile, "the key file \(path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "run dayhaul init, which makes it when there are no tenants yet, or name it with --key-file")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw WarehouseError(.keyFile, "the key file \(path) is open to others", hint: "chmod 600 it")
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = read(descriptor, &buffer, buffer.count)
        let lines = String(decoding: buffer.prefix(max(length, 0)), as: UTF8.self).split(whereSeparator: \.isNewline)
        var keys: [(String, SymmetricKey)] = []
        for line in lines {
            guard let bytes = Data(base64Encoded: String(line)), bytes.count == 32 else {
                throw WarehouseError(.keyFile, "line \(keys.count + 1) of the key file \(path) is not a key of 32 bytes in base64")
            }
            keys.append((Self.id(of: bytes), SymmetricKey(data: bytes)))
        }
        guard !keys.isEmpty else { throw WarehouseError(.keyFile, "the key file \(path) is empty") }
        self.keys = keys
    }

    /// Makes a file with one new key, 0600, in a directory made 0700 where it is missing. Throws `keyFile` when it exists.
    public static func create(at path: String) throws(WarehouseError) {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        makeDirectories(directory)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw WarehouseError(.keyFile, "the key file \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let line = Array((SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString() + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw WarehouseError(.keyFile, "the key file \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    private static func makeDirectories(_ path: String) {
        guard !path.isEmpty, access(path, F_OK) != 0 else { return }
        makeDirectories(path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
        mkdir(path, 0o700)
    }

    /// The first 64 bits of the key's SHA-256: tells keys apart and says nothing about them.
    private static func id(of key: Data) -> String { SHA256.hash(data: key).hexadecimal(bytes: 8) }

    /// Which key seals.
    public var activeKeyID: String { keys[0].id }

    /// `dayhaul1:<key id>:<base64 of nonce, ciphertext and tag>`: AES-256-GCM (NIST SP 800-38D) with a random nonce, bound to `context`.
    func seal(_ text: String, for context: [String]) throws -> String {
        let box = try AES.GCM.seal(Array(text.utf8), using: keys[0].key, authenticating: Self.bound(context))
        guard let combined = box.combined else { throw WarehouseError(.keyFile, "the value could not be sealed") }
        return "dayhaul1:\(keys[0].id):\(combined.base64EncodedString())"
    }

    /// What `seal` was given. Throws `cannotUnseal`, naming the key's id and never the value.
    func unseal(_ sealed: String, for context: [String]) throws(WarehouseError) -> String {
        let parts = sealed.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "dayhaul1", let bytes = Data(base64Encoded: String(parts[2])) else {
            throw WarehouseError(
                .cannotUnseal, "the password is not a sealed value", hint: "set it with dayhaul tenant set --password-stdin")
        }
        guard let key = keys.first(where: { $0.id == parts[1] })?.key else {
            throw WarehouseError(
                .cannotUnseal, "the password was sealed with key \(parts[1]), which the key file does not hold",
                hint: "use the key file it was sealed with, or set the password anew with dayhaul tenant set")
        }
        do {
            let opened = try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: key, authenticating: Self.bound(context))
            return String(decoding: opened, as: UTF8.self)
        } catch {
            throw WarehouseError(
                .cannotUnseal,
                "the password sealed with key \(parts[1]) does not open: it was changed, or moved from another tenant or host",
                hint: "set it anew with dayhaul tenant set --password-stdin")
        }
    }

    /// Lengths keep ("a", "bc") and ("ab", "c") apart.
    private static func bound(_ context: [String]) -> [UInt8] {
        context.flatMap { Array("\($0.utf8.count):\($0),".utf8) }
    }
}

extension Sequence<UInt8> {
    /// The first `bytes` bytes in lower-case hexadecimal.
    func hexadecimal(bytes: Int) -> String {
        prefix(bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
