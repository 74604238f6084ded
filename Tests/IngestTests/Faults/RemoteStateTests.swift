import Ingest
import Synchronization
import TestKit
import Testing
import Warehouse

@Suite("What a tenant's server says of itself", .timeLimit(.minutes(5)))
struct RemoteStateTests {
    /// A value of `SourceState`'s query, by its place there.
    struct Lie: CustomTestStringConvertible, Sendable {
        let place: Int
        let value: String
        var isRefused = true

        var testDescription: String { "\(["system", "timeline", "LSN", "time", "caught up"][place]) \(value)" }
    }

    private static let lies =
        ["-1", "x", "\u{1B}[31mOWNED", "18446744073709551616"].map { Lie(place: 0, value: $0) }
        + ["0", "-1", "4294967296", "9223372036854775807", "x"].map { Lie(place: 1, value: $0) }
        + ["", "0", "zz'; drop", "1/2/3", "100000000/0", "0/100000000", "-1/0"].map { Lie(place: 2, value: $0) }
        + ["junk", "\u{1B}[2J", String(repeating: "1", count: 1000)].map { Lie(place: 3, value: $0) }
        + ["-9223372036854775808", "9223372036854775808", "junk", "NaN", ""].map { Lie(place: 4, value: $0) }
        + [Lie(place: 4, value: "9223372036854775807", isRefused: false), Lie(place: 4, value: "-Infinity", isRefused: false)]

    @Test(
        "and cannot be: fails that tenant only, by name, and the run's record is whole (faults 72 and 80)",
        arguments: lies)
    func impossible(_ lie: Lie) async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await source.primary.psql(Readings.table)
                try await source.replay()
                try await withMessageProxy(to: source.standby.port) { message, exchange in
                    guard message.kind == UInt8(ascii: "D"), exchange.statement.contains("caught_up") else { return .same }
                    var fields = Self.fields(message.body)
                    fields[lie.place] = Array(lie.value.utf8)
                    return .bytes(Self.row(fields))
                } _: { proxy in
                    try await withScene { scene in
                        try await scene.addTenant("liar", source.standby, port: proxy.port)
                        try await scene.addTenant("tenant_a", source.standby)
                        try await scene.addReport("readings", Readings.query, columns: Readings.columns)
                        let result = try await scene.ingest("2025-09-20", "2025-09-21")
                        if lie.isRefused {
                            #expect(
                                result.lines == [
                                    "liar readings 2025-09-20 failed sourceState", "liar readings 2025-09-21 failed sourceState",
                                    "tenant_a readings 2025-09-20 loaded 10", "tenant_a readings 2025-09-21 loaded 10",
                                ])
                            let failure = try #require(result.days.first?.error)
                            #expect(failure.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
                            #expect(failure.message.count < 200)
                        } else {
                            #expect(result.totals.loaded == 4)
                        }
                        let record = try await scene.database.psql(
                            "SELECT outcome FROM _wh.runs; SELECT count(*) FROM _wh.run_events WHERE outcome = 'failed'")
                        #expect(record == (lie.isRefused ? "partial\n2" : "done\n0"))
                    }
                }
            }
        }
    }

    /// The fields of a DataRow; nil for NULL.
    private static func fields(_ body: [UInt8]) -> [[UInt8]?] {
        var rest = body.dropFirst(2)
        var fields: [[UInt8]?] = []
        while rest.count >= 4 {
            let length = Int(Int32(truncatingIfNeeded: rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }))
            rest = rest.dropFirst(4)
            fields.append(length < 0 ? nil : Array(rest.prefix(length)))
            rest = rest.dropFirst(max(0, length))
        }
        return fields
    }

    private static func row(_ fields: [[UInt8]?]) -> [UInt8] {
        let body = fields.flatMap { Int32($0?.count ?? -1).bigEndianBytes + ($0 ?? []) }
        return MessageProxy.Message("D", Int16(fields.count).bigEndianBytes + body).bytes
    }
}
