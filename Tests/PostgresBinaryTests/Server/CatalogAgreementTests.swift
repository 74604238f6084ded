import PostgresBinary
import Testing

/// The registry against a real server's catalogue.
@Suite(ScratchServer(), .enabled(if: ScratchServer.isAvailable), .timeLimit(.minutes(2)))
struct CatalogAgreementTests {
    @Test("names and OIDs of types and their arrays are those of pg_type")
    func oids() throws {
        let server = try #require(ScratchServer.current)
        let query = "SELECT oid, typname::text, typarray FROM pg_type WHERE oid < 10000"
        var catalog: [UInt32: (name: String, arrayOID: UInt32)] = [:]
        for row in try rows(of: [server.output(of: "COPY (\(query)) TO STDOUT (FORMAT binary)")], fieldCount: 3) {
            catalog[try UInt32(bytes: try #require(row[0]))] = (
                try String(bytes: try #require(row[1])), try UInt32(bytes: try #require(row[2]))
            )
        }
        for type in ScalarType.allCases {
            #expect(catalog[type.rawValue]?.name == type.name)
            #expect(catalog[type.rawValue]?.arrayOID == type.arrayOID)
            #expect(catalog[type.arrayOID]?.name == PostgresType.array(of: type).name)
        }
    }
}
