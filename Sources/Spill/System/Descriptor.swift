import Glibc

/// The only owner of an open file descriptor; closes it when it goes.
struct Descriptor: ~Copyable, Sendable {
    let raw: Int32

    /// Opens `name` below `directory`, never through a symlink and never inherited by a child process.
    init(
        at directory: Int32, _ name: String, _ flags: Int32, mode: mode_t = 0, doing: @autoclosure () -> String
    ) throws(SpillError) {
        raw = try SpillError.retrying(doing()) { openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
    }

    deinit {
        // Linux frees the number even when close is interrupted, so it is never retried.
        _ = close(raw)
    }

    /// What `fstat` says of the open file.
    func status(_ doing: @autoclosure () -> String) throws(SpillError) -> stat {
        var status = stat()
        try SpillError.retrying(doing()) { fstat(raw, &status) }
        return status
    }

    /// Appends every byte, however many calls that takes.
    func write(_ bytes: RawSpan, doing: @autoclosure () -> String) throws(SpillError) {
        try bytes.withUnsafeBytes { (buffer) throws(SpillError) in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = try SpillError.retrying(doing()) { Glibc.write(raw, rest.baseAddress, rest.count) }
                // POSIX leaves a write of no bytes open; to go on asking would be to hang.
                if count == 0 { throw SpillError.system(EIO, doing()) }
                written += count
            }
        }
    }

    /// Fills `range` of `buffer` from `offset` on; returns how many bytes there were, fewer only at the end of the file.
    func read(
        into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int, doing: @autoclosure () -> String
    ) throws(SpillError) -> Int {
        var filled = 0
        while filled < range.count {
            let count = try SpillError.retrying(doing()) {
                buffer.withUnsafeMutableBytes { whole in
                    let rest = UnsafeMutableRawBufferPointer(rebasing: whole[(range.lowerBound + filled)..<range.upperBound])
                    return pread(raw, rest.baseAddress, rest.count, off_t(offset + filled))
                }
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Makes the file durable. An error is final: after it the kernel may have dropped the pages it could not write, so a second
    /// call that succeeds would prove nothing (PostgreSQL manual, `data_sync_retry`).
    func synchronize(doing: @autoclosure () -> String) throws(SpillError) {
        if fsync(raw) != 0 { throw SpillError.system(errno, doing()) }
    }
}
