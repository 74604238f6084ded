internal import Glibc

/// The one place where a system call's `-1` becomes an error.
///
/// - Returns: the call's result, when it is not negative.
/// - Throws: ``ClusterError`` with code `system` and the text of `errno`.
@discardableResult
func systemCall(_ what: @autoclosure () -> String, _ call: () -> Int32) throws -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code == EINTR { continue }
        throw ClusterError(.system, "cannot \(what()): \(String(cString: strerror(code)))")
    }
}
