/// What `inet` and `cidr` have in common: an address of either family and the length of its network's prefix
/// (https://www.postgresql.org/docs/15/datatype-net-types.html).
public struct NetworkAddress: Hashable, Sendable, BitwiseCopyable {
    /// The family of an address; the raw values are those of the binary form.
    public enum Family: UInt8, Sendable, BitwiseCopyable {
        /// IPv4, of four bytes.
        case v4 = 2
        /// IPv6, of sixteen bytes.
        case v6 = 3

        /// The bits of an address.
        @inlinable public var bits: UInt8 { self == .v4 ? 32 : 128 }
    }

    /// The family.
    public let family: Family
    /// The bits of the network's prefix.
    public let prefixLength: UInt8
    /// The address as a number, of 32 or 128 bits.
    public let address: UInt128

    /// Makes an address; nil where a part does not fit the family.
    @inlinable
    public init?(family: Family, prefixLength: UInt8, address: UInt128) {
        guard prefixLength <= family.bits, family == .v6 || address <= UInt128(UInt32.max) else { return nil }
        self.family = family
        self.prefixLength = prefixLength
        self.address = address
    }

    /// Whether all bits behind the prefix are zero.
    @inlinable public var isNetwork: Bool {
        let hostBits = family.bits - prefixLength
        return hostBits == 128 ? address == 0 : address & ((1 << UInt128(hostBits)) &- 1) == 0
    }
}

extension NetworkAddress {
    /// Reads the family, the prefix length, whether it is a `cidr`, the number of bytes, and the bytes.
    @inlinable
    init(binary: RawSpan, isCidr: Bool) throws(BinaryError) {
        guard binary.byteCount >= 4, let family = Family(rawValue: binary.load(at: 0)) else {
            throw .malformed("inet or cidr", "an unknown family")
        }
        let size = Int(family.bits / 8)
        guard binary.byteCount == 4 + size, binary.load(UInt8.self, at: 3) == family.bits / 8 else {
            throw .wrongLength(of: "inet or cidr", binary.byteCount)
        }
        guard binary.load(UInt8.self, at: 2) == (isCidr ? 1 : 0) else { throw .malformed("inet or cidr", "the mark of the other type") }
        let address = family == .v4 ? UInt128(binary.load(UInt32.self, at: 4)) : binary.load(UInt128.self, at: 4)
        guard let value = NetworkAddress(family: family, prefixLength: binary.load(at: 1), address: address) else {
            throw .malformed("inet or cidr", "a prefix longer than the address")
        }
        self = value
    }

    @inlinable
    func encode(to writer: inout CopyBinaryWriter, isCidr: Bool) {
        writer.append(family.rawValue)
        writer.append(prefixLength)
        writer.append(UInt8(isCidr ? 1 : 0))
        writer.append(family.bits / 8)
        if family == .v4 {
            writer.append(UInt32(truncatingIfNeeded: address))
        } else {
            writer.append(address)
        }
    }
}

extension NetworkAddress {
    /// The address alone, in the usual notation of its family.
    var host: String {
        family == .v4 ? Self.dotted(UInt32(truncatingIfNeeded: address)) : colons
    }

    private static func dotted(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 0xFF).\(address >> 8 & 0xFF).\(address & 0xFF)"
    }

    /// The longest run of zero words, of two at least, becomes `::`; behind `::` or `::ffff:` the last four bytes are an IPv4 address.
    private var colons: String {
        let words = (0..<8).map { UInt16(truncatingIfNeeded: address >> (112 - 16 * UInt128($0))) }
        let run = longestZeroRun(in: words)
        let embedsV4 = run.lowerBound == 0 && (run.count == 6 || (run.count == 5 && words[5] == 0xFFFF))
        var texts = words.map { String($0, radix: 16) }
        if embedsV4 { texts[6...] = [Self.dotted(UInt32(truncatingIfNeeded: address))] }
        guard run.count >= 2 else { return texts.joined(separator: ":") }
        let head = texts[..<run.lowerBound].joined(separator: ":")
        let tail = texts[min(run.upperBound, texts.count - (embedsV4 ? 1 : 0))...].joined(separator: ":")
        return head + "::" + tail
    }

    /// The first of the longest runs of zero words.
    private func longestZeroRun(in words: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in words.indices {
            if words[index] != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<index + 1
            }
        }
        return best
    }
}
