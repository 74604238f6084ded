/// An `inet`: an address of a host, and the prefix length of its network
/// (https://www.postgresql.org/docs/15/datatype-net-types.html#DATATYPE-INET).
public struct Inet: Hashable, Sendable, BitwiseCopyable {
    /// The address.
    public let network: NetworkAddress

    /// Makes an `inet` of any address.
    @inlinable
    public init(_ network: NetworkAddress) {
        self.network = network
    }
}

extension Inet: BinaryDecodable, BinaryEncodable {
    /// Reads an `inet`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        network = try NetworkAddress(binary: binary, isCidr: false)
    }

    /// Writes an `inet`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { network.encode(to: &writer, isCidr: false) }
}

extension Inet: CustomStringConvertible {
    /// As PostgreSQL prints it: the prefix length is left out where it is that of a single host.
    public var description: String {
        network.prefixLength == network.family.bits ? network.host : "\(network.host)/\(network.prefixLength)"
    }
}
