/// What stands behind the LZ4 frame of a finished file: one skippable frame (LZ4 Frame Format Description, "Skippable Frames"), which
/// `lz4` steps over. All integers are little-endian.
///
///     4  magic of a skippable frame, 0x184D2A5D
///     4  size of what follows
///     n  footer: JSON text between two line feeds (`SpillFile+Footer.swift`)
///     8  XXH64 of the LZ4 frame, first to last byte
///     4  n
///     4  version of this layout
///     8  XXH64 of all the bytes of the trailer before this one
///     8  "dayhaul\n"
struct Trailer {
    static let version: UInt32 = 1
    static let frameMagic: UInt32 = 0x184D_2A5D
    static let magic = Array("dayhaul\n".utf8)
    static let headBytes = 8
    static let tailBytes = 32
    /// The shortest and the longest trailer.
    static let bytes = (headBytes + tailBytes)...(headBytes + SpillFile.footerLimit + tailBytes)

    /// XXH64 of the LZ4 frame.
    let frameChecksum: UInt64
    /// The footer's text.
    let footer: [UInt8]

    init(frameChecksum: UInt64, footer: [UInt8]) {
        self.frameChecksum = frameChecksum
        self.footer = footer
    }

    /// The trailer's bytes.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headBytes + footer.count + Self.tailBytes)
        bytes.append(littleEndian: Self.frameMagic)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: footer.count + Self.tailBytes))
        bytes.append(contentsOf: footer)
        bytes.append(littleEndian: frameChecksum)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: footer.count))
        bytes.append(littleEndian: Self.version)
        var checksum = XXHash64()
        checksum.update(bytes.span.bytes)
        bytes.append(littleEndian: checksum.value)
        bytes.append(contentsOf: Self.magic)
        return bytes
    }

    /// How long the whole trailer is that ends with `tail`, the last ``tailBytes`` of a file; nil when no trailer ends there.
    static func length(endingWith tail: RawSpan) -> Int? {
        guard tail.byteCount == tailBytes, magic.indices.allSatisfy({ tail.littleEndian(UInt8.self, at: 24 + $0) == magic[$0] })
        else { return nil }
        let length = headBytes + Int(tail.littleEndian(UInt32.self, at: 8)) + tailBytes
        return bytes.contains(length) ? length : nil
    }

    /// Reads back what ``encoded()`` made; nil when a single bit is not as it was written.
    init?(decoding bytes: RawSpan) {
        guard Self.bytes.contains(bytes.byteCount) else { return nil }
        let tail = bytes.byteCount - Self.tailBytes
        let footerBytes = tail - Self.headBytes
        var checksum = XXHash64()
        checksum.update(bytes.extracting(0..<(tail + 16)))
        guard checksum.value == bytes.littleEndian(UInt64.self, at: tail + 16),
            bytes.littleEndian(UInt32.self, at: 0) == Self.frameMagic,
            Int(bytes.littleEndian(UInt32.self, at: 4)) == footerBytes + Self.tailBytes,
            Int(bytes.littleEndian(UInt32.self, at: tail + 8)) == footerBytes,
            bytes.littleEndian(UInt32.self, at: tail + 12) == Self.version
        else { return nil }
        frameChecksum = bytes.littleEndian(UInt64.self, at: tail)
        footer = bytes.extracting(Self.headBytes..<tail).withUnsafeBytes { Array($0) }
    }
}
