/// Counts what a server sends in answer to one statement, and how long it takes to send something whole.
///
/// libpq keeps a message until all of it is there, and drops notices by itself: what counts is what it has taken from the socket, not what it
/// hands over.
final class AnswerMeter {
    let limits: AnswerLimits
    private let socket: WatchedSocket
    /// The longest time without a row, or for all of an answer.
    let patience: Duration

    /// Before the answer began.
    private var taken: UInt64 = 0
    private var isCopy = false
    /// Bytes of rows that were handed over, and how many when the time was looked at.
    private var delivered = 0, seen = 0
    private var rowDeadline = ContinuousClock.now
    private var end = ContinuousClock.now

    init(_ limits: AnswerLimits, patience: Duration, on socket: WatchedSocket) {
        self.limits = limits
        self.patience = patience
        self.socket = socket
        ReadWatch.shared.add(socket)
    }

    deinit { ReadWatch.shared.remove(socket) }

    /// What is not counted otherwise, and TLS's own: a sixty-fourth is more than the records of any server have of that.
    private static let slack = 1 << 20, tlsShare = 64

    /// What is sent from here on answers another statement.
    func begin() {
        taken = socket.taken
        (isCopy, delivered, seen) = (false, 0, 0)
        rowDeadline = .now + patience
        end = rowDeadline
    }

    /// The answer turned out to be the rows of a COPY.
    func beginCopy() {
        isCopy = true
        rowDeadline = .now + patience
        end = .now + limits.copyTime
    }

    /// A message of a COPY was handed over. Called for each row, so it looks at nothing.
    func count(_ bytes: Int) { delivered += bytes }

    /// The rows were dealt with for so long, in which the server could not send.
    func extend(by time: Duration) { rowDeadline += time }

    /// When the server has taken too long.
    var deadline: ContinuousClock.Instant { min(rowDeadline, end) }

    /// Runs `read`, which lets libpq read from the socket. Throws `answerTooLarge` and `stalled`, also where `read` was ended for that.
    func reading<Result>(_ read: () throws -> Result) throws -> Result {
        let now = ContinuousClock.now
        if seen != delivered {
            seen = delivered
            rowDeadline = now + patience
        }
        guard now < deadline else { throw stalled }
        let limit = taken + UInt64(delivered + mostBytes + delivered / Self.tlsShare + Self.slack)
        guard socket.taken <= limit else { throw tooLarge }
        do {
            return try socket.reading(upTo: limit, read)
        } catch {
            throw socket.taken > limit ? tooLarge : error
        }
    }

    /// libpq's buffer is up to twice as large as the largest message, and it reads ahead to its end.
    private var mostBytes: Int { isCopy ? 2 * limits.rowBytes : limits.answerBytes }

    private var tooLarge: PostgresError {
        PostgresError(
            .answerTooLarge,
            isCopy
                ? "the server sent more than \(limits.rowBytes >> 20) MiB that make no whole row"
                : "the server answered a statement with more than \(limits.answerBytes >> 20) MiB",
            hint: isCopy ? "raise limits.rowBytes in the settings if its rows are meant to be that large" : nil)
    }

    /// What `deadline` means.
    var stalled: PostgresError {
        if isCopy, end < rowDeadline {
            return PostgresError(
                .stalled, "the server was still sending rows after \(limits.copyTime)",
                hint: "read fewer days at once, or raise limits.sliceTime in the settings")
        }
        return PostgresError(
            .stalled, isCopy ? "the server sent no whole row for \(patience)" : "the server did not answer within \(patience)",
            hint: "look at that server's load and at the network between")
    }
}
