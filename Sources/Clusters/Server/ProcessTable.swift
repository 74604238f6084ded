internal import Glibc

/// Processes as `/proc` shows them (proc(5)).
enum ProcessTable {
    /// PostgreSQL's processes whose working directory is `directory`, zombies left out.
    ///
    /// Postmaster and backends work in their data directory, the programs that make a cluster in the cluster's directory, and only the
    /// same user or root can read the link: this finds a cluster's processes without trusting a process id that may have been used
    /// again, and passes over a shell that happens to stand there.
    static func processes(workingIn directory: String) -> [Int32] {
        guard let real = Directory.resolved(directory) else { return [] }
        return Directory.names(in: "/proc").compactMap { Int32($0) }.filter { works($0, in: real) }
    }

    /// Whether the process is one of PostgreSQL's, lives, and works in `directory`, a path without symbolic links.
    static func works(_ process: Int32, in directory: String) -> Bool {
        workingDirectory(of: process) == directory && ProcessStatus(of: process)?.isServerProgram == true
    }

    private static func workingDirectory(of process: Int32) -> String {
        let link = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { bytes, count in
            count = bytes.withMemoryRebound(to: CChar.self) { buffer in
                buffer.baseAddress.map { max(0, readlink("/proc/\(process)/cwd", $0, buffer.count)) } ?? 0
            }
        }
        return String(decoding: link, as: UTF8.self)
    }
}
