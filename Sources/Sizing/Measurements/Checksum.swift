/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923): notices an edit, a cut or a mix-up, not an attack.
enum Checksum {
    /// Sixteen hexadecimal digits.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
