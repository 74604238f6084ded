internal import Glibc

/// A bound, kept by the kernel, on what some processes write to the disk below a directory (cgroup v1, "Block IO Controller" of the Linux
/// kernel's documentation).
///
/// It holds for what processes write themselves: what they wait for with fsync(2), as a server does with `fsync` on. What the kernel writes
/// back for them later, mostly after half a minute, is not bound.
struct WriteThrottle: Sendable, Equatable {
    /// The group that this process is in: its own for the bound lies in it.
    private let parent: String
    /// As `8:0`.
    private let device: String

    /// Nil where no group can be made (this process is not root, or the controller is not there), or the directory is on no disk of the
    /// machine's own.
    init?(below directory: String) {
        guard let parent = Self.ownGroup, access(parent, W_OK) == 0, let device = Self.disk(holding: directory) else { return nil }
        (self.parent, self.device) = (parent, device)
    }

    /// Has all processes of a server, and those that it will start, write at most so many bytes a second; nil ends that.
    func apply(_ bytesPerSecond: Int?, to server: Cluster) throws {
        removeLeftovers()
        guard let bytesPerSecond else { return try end() }
        guard let postmaster = server.postmasterPID else {
            throw ClusterError(.notRunning, "no server runs in \(server.directory)")
        }
        if !Directory.exists(group) { try Directory.make(group, mode: 0o755) }
        try Self.write("\(device) \(bytesPerSecond)", to: "\(group)/blkio.throttle.write_bps_device")
        // The postmaster first, as with its cores.
        for process in [postmaster] + ProcessTable.processes(workingIn: server.dataDirectory) { try Self.move(process, to: group) }
    }

    /// Puts all processes back where they came from.
    private func end() throws {
        guard Directory.exists(group) else { return }
        while true {
            let members = (PrivateFile.read("\(group)/cgroup.procs") ?? "").split(separator: "\n").compactMap { Int32($0) }
            if members.isEmpty { break }
            for process in members { try Self.move(process, to: parent) }
        }
        try systemCall("remove \(group)") { rmdir(group) }
    }

    private var group: String { "\(parent)/\(Self.prefix)\(getpid())" }
    private static let prefix = "dayhaul-"

    /// Groups of programs that were killed meanwhile. One with processes in it stays: the kernel removes no such.
    private func removeLeftovers() {
        for name in Directory.names(in: parent) where name.hasPrefix(Self.prefix) {
            guard let process = Int32(name.dropFirst(Self.prefix.count)), kill(process, 0) != 0, errno == ESRCH else { continue }
            rmdir("\(parent)/\(name)")
        }
    }

    /// A process that has ended is no error.
    private static func move(_ process: Int32, to group: String) throws { try write("\(process)", to: "\(group)/cgroup.procs") }

    private static func write(_ text: String, to path: String) throws {
        let file = try systemCall("open \(path)") { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(file) }
        try systemCall("write \(path)") {
            let result = Int32(Glibc.write(file, text, text.utf8.count))
            return result < 0 && errno == ESRCH ? 0 : result
        }
    }

    /// This process's group of the controller: the third field of its line in /proc/self/cgroup, below where the hierarchy is mounted
    /// (cgroups(7)).
    private static var ownGroup: String? {
        func lines(_ path: String) -> [Substring] { (PrivateFile.read(path) ?? "").split(separator: "\n") }
        let mount = lines("/proc/self/mounts").map { $0.split(separator: " ") }
            .first { $0.count > 3 && $0[2] == "cgroup" && $0[3].split(separator: ",").contains("blkio") }
        let own = lines("/proc/self/cgroup").map { $0.split(separator: ":", maxSplits: 2) }
            .first { $0.count > 2 && $0[1].split(separator: ",").contains("blkio") }
        guard let mount, let own else { return nil }
        return String(own[2] == "/" ? mount[1] : mount[1] + own[2])
    }

    /// The whole disk that a directory's file system is on: the controller bounds no partitions. Nil where the file system is no disk's,
    /// such as an overlay.
    private static func disk(holding directory: String) -> String? {
        var status = stat()
        guard stat(directory, &status) == 0 else { return nil }
        // makedev(3): the numbers' low bits lie between each other's high ones.
        let number = UInt64(status.st_dev)
        let (major, minor) = (number >> 8 & 0xfff | number >> 32 & ~0xfff, number & 0xff | number >> 12 & 0xffff_ff00)
        guard let device = Directory.resolved("/sys/dev/block/\(major):\(minor)") else { return nil }
        let disk = Directory.exists("\(device)/partition") ? "\(device)/.." : device
        return PrivateFile.read("\(disk)/dev").map { String($0.prefix { $0 != "\n" }) }
    }
}
