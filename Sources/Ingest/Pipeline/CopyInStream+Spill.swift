import Postgres
import Spill

extension CopyInStream {
    /// Blocks that are queued before the socket has to have taken them.
    private static var queuedBlocks: Int { 4 }

    /// Puts the rest of a spill file's content.
    func put(contentOf reader: inout SpillReader) async throws {
        var queued = 0
        while try reader.advance() {
            try put(reader.block)
            queued += 1
            if queued % Self.queuedBlocks == 0 { try await flush() }
        }
    }
}
