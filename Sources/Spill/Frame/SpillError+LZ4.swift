import CLZ4
import Glibc

extension SpillError {
    /// The one way from an answer of the LZ4 frame library to a number or an error; `failure` says what any failure but a lack of
    /// memory means.
    @discardableResult
    static func lz4(_ answer: Int, _ failure: (_ reason: String) -> SpillError) throws(SpillError) -> Int {
        guard LZ4F_isError(answer) != 0 else { return answer }
        let reason = LZ4F_getErrorName(answer).map { String(cString: $0) } ?? "unknown LZ4 error"
        // The codes' enumeration is in the static library's header only; their names are part of the ABI.
        throw reason == "ERROR_allocation_failed" ? system(ENOMEM, "making an LZ4 context") : failure(reason)
    }
}
