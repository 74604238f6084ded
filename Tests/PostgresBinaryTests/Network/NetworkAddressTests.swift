import PostgresBinary
import Testing

@Suite struct NetworkAddressTests {
    @Test("the shortest notation of an address is printed, with its prefix length where it counts")
    func text() throws {
        let host = try #require(NetworkAddress(family: .v4, prefixLength: 32, address: 0xC0A8_0105))
        #expect(Inet(host).description == "192.168.1.5")
        #expect(Cidr(host)?.description == "192.168.1.5/32")
        let loopback = try #require(NetworkAddress(family: .v6, prefixLength: 64, address: 1))
        #expect(Inet(loopback).description == "::1/64")
        #expect(Cidr(loopback) == nil)
    }

    @Test("unknown families, long prefixes, and host bits of a network are refused")
    func malformed() throws {
        #expect(NetworkAddress(family: .v4, prefixLength: 33, address: 0) == nil)
        #expect(NetworkAddress(family: .v4, prefixLength: 0, address: 1 << 32) == nil)
        for bytes: [UInt8] in [
            [], [2, 32, 0, 4, 1, 2, 3], [1, 32, 0, 4, 1, 2, 3, 4], [2, 33, 0, 4, 1, 2, 3, 4], [2, 32, 0, 5, 1, 2, 3, 4],
            [2, 32, 1, 4, 1, 2, 3, 4],
        ] {
            #expect(try code { _ = try Inet(bytes: bytes) } == .malformedValue)
        }
        #expect(try code { _ = try Cidr(bytes: [2, 24, 1, 4, 1, 2, 3, 4]) } == .malformedValue)
    }
}
