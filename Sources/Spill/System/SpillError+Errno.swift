import Glibc

extension SpillError {
    /// The one way from an `errno` to an error; `doing` names the act, as in "writing a/b.lz4".
    static func system(_ number: Int32, _ doing: String) -> SpillError {
        // strerror is thread-safe since glibc 2.32.
        let reason = strerror(number).map { String(cString: $0) } ?? "errno \(number)"
        switch number {
        case ENOSPC, EDQUOT:
            return SpillError(
                code: .noSpace, message: "\(doing): no space left for spill files",
                hint: "free space in the spill directory's file system, or lower the spill quota")
        case EMFILE, ENFILE:
            return SpillError(
                code: .io(errno: number), message: "\(doing): \(reason)", hint: "raise the limit on open files, or lower the concurrency")
        default:
            return SpillError(code: .io(errno: number), message: "\(doing): \(reason)", hint: "check the spill directory's file system")
        }
    }

    /// Calls until it is not interrupted, and throws when the answer is negative.
    @discardableResult
    static func retrying<Result: SignedInteger>(
        _ doing: @autoclosure () -> String, _ call: () -> Result
    ) throws(SpillError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let number = errno
            if number != EINTR { throw system(number, doing()) }
        }
    }

    /// The file's bytes are not what was written; `what` says how that shows.
    static func corrupt(_ path: String, _ what: String) -> SpillError {
        SpillError(code: .corrupt, message: "spill file \(path) is damaged: \(what)", hint: "read the day from the source again")
    }
}
