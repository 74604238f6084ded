/// What a running server says of itself in `postmaster.pid`.
///
/// Line 1 is the postmaster's process id, line 4 its port, line 8 its state, once it has one (PostgreSQL's `miscadmin.h`,
/// `LOCK_FILE_LINE_*`).
struct PostmasterFile: Equatable {
    let processID: Int32
    let port: Int?
    let isReady: Bool

    /// Reads the text; nil when even the process id is missing.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let processID = Int32(first), processID > 0 else { return nil }
        self.processID = processID
        port = lines.count > 3 ? Int(lines[3]) : nil
        let state = lines.count > 7 ? lines[7].prefix { !$0.isWhitespace } : ""
        // "standby" is the state of a server that replays but accepts no sessions, which hot_standby rules out here.
        isReady = state == "ready"
    }
}
