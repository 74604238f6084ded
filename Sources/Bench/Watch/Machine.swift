import Glibc

/// The machine that the program runs on.
enum Machine {
    /// As the kernel names the first core.
    static var cpuModel: String {
        let lines = (SmallFile.text("/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }?.split(separator: ":").last
        return model.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    /// Cores that this process may use now, as its affinity or a container's set of processors leaves them (proc(5), `Cpus_allowed`); the
    /// servers of a scratch fleet have the same.
    static var cores: Int {
        let lines = (SmallFile.text("/proc/self/status") ?? "").split(separator: "\n")
        let mask = lines.first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst("Cpus_allowed:".count) ?? ""
        let allowed = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        let online = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return allowed > 0 ? min(allowed, online) : online
    }

    static var memoryBytes: Int { max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE))) }

    /// The type of the file system that a path is on, as `ext4`: that of the longest mount point that it lies below.
    static func fileSystem(of path: String) -> String? {
        let mounts = (SmallFile.text("/proc/self/mounts") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
        let holding = mounts.filter { fields in
            guard fields.count > 2 else { return false }
            let point = fields[1] == "/" ? "/" : fields[1] + "/"
            return (path + "/").hasPrefix(point)
        }
        return holding.max { $0[1].count < $1[1].count }.map { String($0[2]) }
    }

    /// User and system seconds of this process so far.
    static var ownCPUSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
