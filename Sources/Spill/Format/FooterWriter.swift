/// Writes the JSON of a footer: one flat object of texts, lists of texts and whole numbers.
struct FooterWriter {
    private var bytes: [UInt8] = []

    mutating func open(_ key: String) {
        bytes.append(contentsOf: "\n{\"\(key)\":".utf8)
    }

    mutating func key(_ key: String) {
        bytes.append(contentsOf: ",\"\(key)\":".utf8)
    }

    mutating func integer(_ value: Int) {
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func isTrue() {
        bytes.append(contentsOf: "true".utf8)
    }

    mutating func texts(_ values: [String]) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            text(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Escapes what RFC 8259, section 7 says must be: quote, backslash and the controls below 0x20.
    mutating func text(_ value: String) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ends the object and gives its bytes.
    mutating func close() -> [UInt8] {
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }
}
