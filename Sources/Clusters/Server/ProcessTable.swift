internal import Glibc

/// Processes as `/proc` shows them (proc(5)).
enum ProcessTable {
    /// Processes whose working directory is `directory`, zombies left out.
    ///
    /// Postmaster and backends all work in their data directory, and only the same user or root can read the link: this finds a
    /// cluster's processes without trusting a process id that may have been used again.
    static func processes(workingIn directory: String) -> [Int32] {
        guard let real = Directory.resolved(directory) else { return [] }
        return Directory.names(in: "/proc").compactMap { Int32($0) }.filter { works($0, in: real) }
    }

    /// Whether the process lives and works in `directory`, a path without symbolic links.
    static func works(_ process: Int32, in directory: String) -> Bool {
        let link = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { bytes, count in
            count = bytes.withMemoryRebound(to: CChar.self) { buffer in
                buffer.baseAddress.map { max(0, readlink("/proc/\(process)/cwd", $0, buffer.count)) } ?? 0
            }
        }
        return String(decoding: link, as: UTF8.self) == directory && !isZombie(process)
    }

    private static func isZombie(_ process: Int32) -> Bool {
        // The name stands in parentheses and may itself hold any character, so the state is what follows the last one.
        guard let text = PrivateFile.read("/proc/\(process)/stat"), let name = text.lastIndex(of: ")") else { return true }
        return text[name...].dropFirst(2).first == "Z"
    }
}
