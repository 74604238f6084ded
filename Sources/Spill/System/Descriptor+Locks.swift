import Glibc

extension Descriptor {
    /// Takes this file's lock (`flock`) if nobody else has it.
    func tryLock(doing: @autoclosure () -> String) throws(SpillError) -> Bool {
        try Self.unlessBusy { () throws(SpillError) in try SpillError.retrying(doing()) { flock(raw, LOCK_EX | LOCK_NB) } }
    }

    /// Gives the lock back. A child that is between fork and exec has a copy of the descriptor; closing ours alone would leave the
    /// lock to it.
    func unlock() {
        _ = flock(raw, LOCK_UN)
    }

    /// Takes the lock of a range of bytes for this open file if no other one has it.
    ///
    /// Open file description locks (Linux, `F_OFD_SETLK`): they belong to the open file, not to the process, and go with it.
    func tryLock(bytes: Range<Int>, doing: @autoclosure () -> String) throws(SpillError) -> Bool {
        var request = Self.lock(F_WRLCK, bytes)
        return try Self.unlessBusy { () throws(SpillError) in
            try SpillError.retrying(doing()) { withUnsafeMutablePointer(to: &request) { fcntl(raw, Self.setLock, $0) } }
        }
    }

    /// Gives the lock of a range of bytes back.
    func unlock(bytes: Range<Int>) {
        var request = Self.lock(F_UNLCK, bytes)
        _ = withUnsafeMutablePointer(to: &request) { fcntl(raw, Self.setLock, $0) }
    }

    /// Whether another open file has a lock on any of the bytes.
    func isLockedElsewhere(bytes: Range<Int>, doing: @autoclosure () -> String) throws(SpillError) -> Bool {
        var request = Self.lock(F_WRLCK, bytes)
        try SpillError.retrying(doing()) { withUnsafeMutablePointer(to: &request) { fcntl(raw, Self.getLock, $0) } }
        return request.l_type != Int16(F_UNLCK)
    }

    /// Writes all the bytes at `offset`.
    func write(_ bytes: RawSpan, at offset: Int, doing: @autoclosure () -> String) throws(SpillError) {
        try bytes.withUnsafeBytes { (buffer) throws(SpillError) in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = try SpillError.retrying(doing()) { pwrite(raw, rest.baseAddress, rest.count, off_t(offset + written)) }
                if count == 0 { throw SpillError.system(EIO, doing()) }
                written += count
            }
        }
    }

    // `F_OFD_GETLK` and `F_OFD_SETLK` of Linux's <fcntl.h>, the same on all architectures; glibc gives them to `_GNU_SOURCE` only.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private static func lock(_ kind: Int32, _ bytes: Range<Int>) -> flock {
        flock(l_type: Int16(kind), l_whence: Int16(SEEK_SET), l_start: off_t(bytes.lowerBound), l_len: off_t(bytes.count), l_pid: 0)
    }

    private static func unlessBusy(_ call: () throws(SpillError) -> Int32) throws(SpillError) -> Bool {
        do throws(SpillError) {
            _ = try call()
            return true
        } catch let error where [.io(errno: EWOULDBLOCK), .io(errno: EACCES)].contains(error.code) {
            return false
        }
    }
}
