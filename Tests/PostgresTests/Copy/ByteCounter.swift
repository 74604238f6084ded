import Postgres

/// Counts what a COPY sends, and runs `onDrain` with the count after each burst.
struct ByteCounter: CopyOutReceiver {
    private(set) var bytes = 0
    private(set) var messages = 0
    var onDrain: (Int) async throws -> Void = { _ in }

    mutating func receive(_ message: RawSpan) {
        bytes += message.byteCount
        messages += 1
    }

    mutating func drain() async throws { try await onDrain(bytes) }
}
