import Ingest
import TestKit
import Testing

@Suite("A stream from the source that ends too early, or counts wrong", .timeLimit(.minutes(5)))
struct CutStreamTests {
    /// Sizes of what PostgreSQL sends after the trailer of a slice's COPY (PostgreSQL manual, "Message Formats"): CopyDone, CommandComplete
    /// with `COPY 50`, ReadyForQuery; then for COMMIT ParseComplete, BindComplete, NoData, CommandComplete and ReadyForQuery.
    private static let (copyDone, copyComplete, ready, commit) = (5, 13, 6, 5 + 5 + 5 + 12 + 6)

    /// Bytes that an undisturbed read of all days of `tenant_a` takes from the server.
    private func length(_ twins: Twins) async throws -> Int {
        let before = twins.proxy.bytes(.toClient)
        #expect(try await twins.ingest(of: "tenant_a").outcome == .done)
        return twins.proxy.bytes(.toClient) - before
    }

    @Test(
        "anywhere before the server has counted the rows is never published; a cut behind that takes nothing away (fault 22)",
        arguments: [Faults.Ending.close, .reset])
    func cuts(_ ending: Faults.Ending) async throws {
        // From a server whose answers are as long each time: a standby's tell of its replay.
        try await withTwinOnOwnServer(Readings.windowQuery) { twins in
            let once = twins.trying(1)
            let total = try await length(twins)
            try await twins.change("UPDATE readings SET v = 'w' || id")
            let before = try await twins.visible()
            let trailer = total - Self.commit - Self.ready - Self.copyComplete - Self.copyDone - 7
            let sample = Array(stride(from: 1, to: trailer, by: total / 20))
            let counted = total - Self.commit - Self.ready
            // The last ones all: the trailer, and what says that the COPY has succeeded.
            for offset in sample + Array(stride(from: trailer - 1, to: counted, by: ending == .close ? 1 : 4)) + [counted - 1] {
                twins.proxy.set(.toClient) { $0.cut = Faults.Cut(after: offset, ending) }
                let cut = try await once.ingest(of: "tenant_a")
                #expect(cut.outcome == .failed, "\(offset) of \(total): \(cut.lines)")
                #expect(try await twins.scene.database.psql("SELECT count(*) FROM tenant_a.readings WHERE v LIKE 'w%'") == "0", "\(offset)")
            }
            #expect(try await twins.visible() == before)
            twins.proxy.set(.toClient) { $0.cut = Faults.Cut(after: total - 1, ending) }
            #expect(try await once.ingest(of: "tenant_a").ends(of: "tenant_a") == ["merged"])
            twins.proxy.heal()
            try await twins.expectHealed()
        }
    }

    @Test("and its server counts another number of rows than came: read again, and nothing of it published (fault 22)")
    func miscounted() async throws {
        try await withTwinOnOwnServer(Readings.windowQuery) { twins in
            let total = try await length(twins)
            // "COPY 50": the last bit of the 5 makes it 40.
            let count = total - Self.commit - Self.ready - Self.copyComplete + 5 + 5
            twins.proxy.set(.toClient) { $0.flip = Faults.Flip(offset: count) }
            let retries = Retries()
            #expect(try await twins.ingest(retries, of: "tenant_a").ends(of: "tenant_a") == ["unchanged"])
            #expect(retries.all == ["tenant_a rowCountMismatch 1"])
            try await twins.expectHealed()
        }
    }
}
