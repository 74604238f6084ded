import Postgres
import Spill
import Stages

extension CopyInStream {
    /// Blocks that are queued before the socket has to have taken them.
    private static var queuedBlocks: Int { 4 }

    /// Puts the rest of a spill file's content.
    func put(contentOf reader: inout SpillReader) async throws {
        var queued = 0
        while try Self.advance(&reader) {
            let pass = StageMeter.pass(.load)
            try put(reader.block)
            pass?.end(bytes: reader.block.byteCount)
            queued += 1
            if queued % Self.queuedBlocks == 0 { try await flush() }
        }
    }

    private static func advance(_ reader: inout SpillReader) throws -> Bool {
        let pass = StageMeter.pass(.spill, readingBack: true)
        defer { pass?.end() }
        return try reader.advance()
    }
}
