import Crypto
import FoundationEssentials

/// One key of a key file: 32 bytes, a line of base64.
struct SealingKey: Sendable {
    /// The first 64 bits of the key's SHA-256: tells keys apart and says nothing about them.
    let id: String
    let key: SymmetricKey

    /// A new, random one.
    init() { self.init(bytes: SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }) }

    /// Nil for a line that is not 32 bytes in base64.
    init?(line: Substring) {
        guard let bytes = Data(base64Encoded: String(line)), bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }

    private init(bytes: Data) {
        id = SHA256.hash(data: bytes).hexadecimal(bytes: 8)
        key = SymmetricKey(data: bytes)
    }

    /// As it stands in the file.
    var line: String { key.withUnsafeBytes { Data($0) }.base64EncodedString() + "\n" }
}

extension Sequence<UInt8> {
    /// The first `bytes` bytes in lower-case hexadecimal.
    func hexadecimal(bytes: Int) -> String {
        prefix(bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
