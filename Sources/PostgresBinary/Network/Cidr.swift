/// A `cidr`: a network, all of whose bits behind the prefix are zero
/// (https://www.postgresql.org/docs/15/datatype-net-types.html#DATATYPE-CIDR).
public struct Cidr: Hashable, Sendable, BitwiseCopyable {
    /// The network.
    public let network: NetworkAddress

    /// Makes a `cidr`; nil where bits behind the prefix are set.
    @inlinable
    public init?(_ network: NetworkAddress) {
        guard network.isNetwork else { return nil }
        self.network = network
    }
}

extension Cidr: BinaryDecodable, BinaryEncodable {
    /// Reads a `cidr`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        network = try NetworkAddress(binary: binary, isCidr: true)
        guard network.isNetwork else { throw .malformed("cidr", "bits behind its prefix") }
    }

    /// Writes a `cidr`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { network.encode(to: &writer, isCidr: true) }
}

extension Cidr: CustomStringConvertible {
    /// As PostgreSQL prints it, always with the prefix length.
    public var description: String { "\(network.host)/\(network.prefixLength)" }
}
