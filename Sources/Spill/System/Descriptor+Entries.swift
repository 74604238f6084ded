import Glibc

extension Descriptor {
    /// The names in this directory, in no order, without `.` and `..` and without names that are not UTF-8.
    func entries(doing: @autoclosure () -> String) throws(SpillError) -> [String] {
        // fdopendir takes its descriptor over and moves its position: it gets one of its own.
        let own = try SpillError.retrying(doing()) { openat(raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(own) else {
            let number = errno
            _ = close(own)
            throw SpillError.system(number, doing())
        }
        defer { _ = closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SpillError.system(errno, doing()) }
                return names
            }
            // The record ends with its name, shorter than the declared array: only the address may be used.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let name = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            if let name = String(validatingCString: name), name != ".", name != ".." { names.append(name) }
        }
    }
}
