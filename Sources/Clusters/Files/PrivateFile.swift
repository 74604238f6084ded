internal import Glibc
internal import SystemPackage

/// Small files with mode 0600, written whole.
enum PrivateFile {
    /// Replaces the file: readers see the old text or the new one, never a part.
    ///
    /// - Parameter account: who owns the file afterwards.
    static func write(_ text: String, to path: String, account: ServerAccount) throws {
        let draft = path + ".new"
        unlink(draft)
        do {
            let file = try FileDescriptor.open(
                FilePath(draft), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec, .noFollow], permissions: [.ownerReadWrite])
            try file.closeAfter { _ = try file.writeAll(text.utf8) }
        } catch let error as Errno {
            throw ClusterError(.system, "cannot write \(path): \(error)")
        }
        try account.own(draft)
        try systemCall("rename \(draft)") { rename(draft, path) }
    }

    /// An open file that holds the text and that no directory lists, positioned at its start. The caller closes it.
    static func nameless(_ text: String) throws -> FileDescriptor {
        do {
            let path = FilePath("/tmp/dayhaul-\(Cluster.randomPassword())")
            let file = try FileDescriptor.open(
                path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec, .noFollow], permissions: [.ownerReadWrite])
            unlink(path.string)
            do {
                try file.writeAll(text.utf8)
                try file.seek(offset: 0, from: .start)
            } catch {
                try? file.close()
                throw error
            }
            return file
        } catch let error as Errno {
            throw ClusterError(.system, "cannot write to /tmp: \(error)")
        }
    }

    /// The file's text, or nil when it cannot be read.
    static func read(_ path: String) -> String? {
        tail(of: path, from: 0)
    }

    /// The file's text from an offset in bytes on, or nil when it cannot be read.
    static func tail(of path: String, from offset: Int64) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return nil }
        return try? file.closeAfter {
            var bytes: [UInt8] = []
            try file.seek(offset: offset, from: .start)
            let size = 16 * 1024
            while true {
                let chunk = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { break }
                bytes += chunk
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The file's length in bytes; 0 when there is none.
    static func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
