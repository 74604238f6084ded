import Glibc
import SQLText

/// The key file: one key a line in base64. It is never changed in place, so that whoever reads it finds all keys of before or of after.
extension KeyRing {
    /// What one read takes in: some ninety keys.
    private static let maximumSize = 4096

    /// Reads the file at `path`. Throws `keyFile` when it is missing, readable by others, or holds something else.
    public init(contentsOf path: String) throws(WarehouseError) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw WarehouseError(
                .keyFile, "the key file \(path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "run dayhaul init, which makes it when there are no tenants yet, or name it with --key-file")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw WarehouseError(.keyFile, "the key file \(path) is not a regular file", hint: "name another with --key-file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw WarehouseError(.keyFile, "the key file \(path) is open to others", hint: "chmod 600 \(Shell.word(path))")
        }
        var buffer = [UInt8](repeating: 0, count: Self.maximumSize + 1)
        let length = read(descriptor, &buffer, buffer.count)
        guard length <= Self.maximumSize else { throw Self.tooLong(path) }
        let lines = String(decoding: buffer.prefix(max(length, 0)), as: UTF8.self).split(whereSeparator: \.isNewline)
        var keys: [SealingKey] = []
        for line in lines {
            guard let key = SealingKey(line: line) else {
                throw WarehouseError(.keyFile, "line \(keys.count + 1) of the key file \(path) is not a key of 32 bytes in base64")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw WarehouseError(.keyFile, "the key file \(path) is empty") }
        self.keys = keys
    }

    /// Makes a file with one new key, 0600, in a directory made 0700 where it is missing. Throws `keyFile` when it exists.
    public static func create(at path: String) throws(WarehouseError) {
        makeDirectories(directory(of: path))
        try KeyRing(keys: [SealingKey()]).write(toNew: path, for: path)
    }

    /// Replaces the file by what `change` makes of its keys. Throws `keyFile` when another process is at it, and then nothing was changed.
    @discardableResult
    public static func change(
        fileAt path: String, _ change: (KeyRing) throws(WarehouseError) -> KeyRing
    ) throws(WarehouseError) -> KeyRing {
        let place = resolved(path)
        // Two changes at once would lose a key that may have sealed passwords already. The lock goes with the process, however it ends.
        let directory = open(directory(of: place), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw unwritable(path) }
        defer { close(directory) }
        guard flock(directory, LOCK_EX | LOCK_NB) == 0 else {
            throw WarehouseError(.keyFile, "another process is changing the key file \(path)", hint: "try again")
        }
        let changed = try change(try KeyRing(contentsOf: place))
        let draft = place + ".new"
        // Left by one that was killed.
        unlink(draft)
        try changed.write(toNew: draft, for: path, ownedLike: place)
        guard rename(draft, place) == 0 else {
            let error = unwritable(path)
            unlink(draft)
            throw error
        }
        // The rename itself has to be on the disk before passwords are sealed with a key that only the new file has.
        guard fsync(directory) == 0 else { throw unwritable(path) }
        return changed
    }

    /// Writes a file that is not there yet, to the disk. `name` is what errors call it.
    private func write(toNew path: String, for name: String, ownedLike model: String? = nil) throws(WarehouseError) {
        let text = Array(keys.map(\.line).joined().utf8)
        guard text.count <= Self.maximumSize else { throw Self.tooLong(name) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(name) }
        defer { close(descriptor) }
        guard Self.give(descriptor, toOwnerOf: model), Glibc.write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0
        else {
            let error = Self.unwritable(name)
            unlink(path)
            throw error
        }
    }

    /// Root may change the key file of the account that runs the engine, which has to be able to read it afterwards.
    private static func give(_ descriptor: Int32, toOwnerOf model: String?) -> Bool {
        var status = stat()
        guard let model else { return true }
        return stat(model, &status) == 0 && (status.st_uid == geteuid() || fchown(descriptor, status.st_uid, status.st_gid) == 0)
    }

    /// Where the file itself is: a link to it stays one.
    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func directory(of path: String) -> String {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return directory.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : directory
    }

    private static func makeDirectories(_ path: String) {
        guard access(path, F_OK) != 0 else { return }
        makeDirectories(directory(of: path))
        mkdir(path, 0o700)
    }

    private static func unwritable(_ path: String) -> WarehouseError {
        WarehouseError(
            .keyFile, "the key file \(path) cannot be written: \(String(cString: strerror(errno)))",
            hint: "its directory must exist, have room, and be writable for the account that runs dayhaul")
    }

    private static func tooLong(_ path: String) -> WarehouseError {
        WarehouseError(.keyFile, "the key file \(path) holds too many keys", hint: "dayhaul key remove takes out those that open nothing")
    }
}
