import Glibc
import Stages

/// A process of this machine, as the kernel shows it (proc(5)).
struct KernelProcess: Sendable, Hashable {
    let id: Int32

    /// Whether there is one of the number now.
    var exists: Bool { text("stat") != nil }

    /// User and system seconds of its main thread, exact to the nanosecond where it sleeps (schedstat); PostgreSQL's processes have no other.
    /// Nil once it is gone.
    var cpuSeconds: Double? {
        text("schedstat")?.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 }
    }

    /// The process that started it.
    var parent: KernelProcess? {
        guard let fields = text("stat")?.split(separator: ")", omittingEmptySubsequences: false).last?.split(separator: " "),
            fields.count > 1, let id = Int32(fields[1])
        else { return nil }
        return KernelProcess(id: id)
    }

    /// What it calls itself, such as `postgres: checkpointer`.
    var title: String {
        (text("cmdline") ?? "").prefix { $0 != "\0" }.trimmingSpaces
    }

    var children: [KernelProcess] {
        (text("task/\(id)/children") ?? "").split(separator: " ").compactMap { Int32($0) }.map { KernelProcess(id: $0) }
    }

    /// Bytes through files since its start, those of children that have ended included; nil where they are not shown to this user.
    var transfer: Transfer? {
        guard let lines = text("io")?.split(separator: "\n") else { return nil }
        let values = Dictionary(
            lines.compactMap { line -> (Substring, Int)? in
                let parts = line.split(separator: " ")
                return parts.count == 2 ? Int(parts[1]).map { (parts[0], $0) } : nil
            }, uniquingKeysWith: { first, _ in first })
        guard let read = values["rchar:"], let given = values["wchar:"], let dirtied = values["write_bytes:"] else { return nil }
        return Transfer(read: read, given: given, dirtied: dirtied)
    }

    /// What it has used; nil where it cannot be seen. Its bytes count where they are shown to this user.
    var usage: StageMeter.Usage? {
        cpuSeconds.map { StageMeter.Usage(cpuSeconds: $0, bytesRead: transfer?.read ?? 0) }
    }

    /// Bytes through files.
    struct Transfer: Sendable, Equatable {
        /// That read(2) and its like returned, the page cache's included; sockets are not read so.
        var read = 0
        /// That were given to write(2) and its like.
        var given = 0
        /// That have to go to storage: pages made dirty, one that was dirty already not again.
        var dirtied = 0

        static func + (left: Self, right: Self) -> Self {
            Transfer(read: left.read + right.read, given: left.given + right.given, dirtied: left.dirtied + right.dirtied)
        }
    }

    /// Where it stands; nil where it is not shown to this user.
    var workingDirectory: String? {
        let size = Int(PATH_MAX)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let length = readlink("/proc/\(id)/cwd", start, size)
            return length > 0 ? String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
        }
    }

    private func text(_ name: String) -> String? { SmallFile.text("/proc/\(id)/\(name)") }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
