/// Takes what a COPY … TO STDOUT sends.
public protocol CopyOutReceiver: ~Copyable {
    /// One CopyData message in order; its bytes are valid during the call only. A message is not a row: the header comes with the first
    /// row, the trailer by itself.
    mutating func receive(_ message: RawSpan) throws
    /// Called after each burst of messages; the stream goes on when it returns, which is how back-pressure reaches the server.
    mutating func drain() async throws
}
