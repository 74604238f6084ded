/// The text of arrays, as PostgreSQL's `array_out` writes it (https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO).
enum ArrayText {
    /// Puts the texts of elements, in storage order, into the braces of their shape.
    static func text(of elements: [String?], dimensions: [ArrayDimension]) -> String {
        guard !dimensions.isEmpty else { return "{}" }
        var rest = elements.map { $0.map(quoted) ?? "NULL" }[...]
        return bounds(of: dimensions) + braces(around: &rest, dimensions[...])
    }

    /// `[0:2][1:1]=` where a lower bound is not 1, or nothing.
    private static func bounds(of dimensions: [ArrayDimension]) -> String {
        guard dimensions.contains(where: { $0.lowerBound != 1 }) else { return "" }
        return dimensions.map { "[\($0.lowerBound):\($0.lowerBound &+ $0.count &- 1)]" }.joined() + "="
    }

    private static func braces(around rest: inout ArraySlice<String>, _ dimensions: ArraySlice<ArrayDimension>) -> String {
        guard let dimension = dimensions.first else { return rest.popFirst() ?? "" }
        let parts = (0..<dimension.count).map { _ in braces(around: &rest, dimensions.dropFirst()) }
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// An element in double quotes where it could be mistaken for something else.
    private static func quoted(_ text: String) -> String {
        let special: (UInt8) -> Bool = { byte in
            switch byte {
            case 0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0x20, 0x09...0x0D: true
            default: false
            }
        }
        guard text.isEmpty || text.utf8.contains(where: special) || (text.utf8.count == 4 && text.lowercased() == "null") else {
            return text
        }
        var quoted: [UInt8] = [0x22]
        for byte in text.utf8 {
            if byte == 0x22 || byte == 0x5C { quoted.append(0x5C) }
            quoted.append(byte)
        }
        quoted.append(0x22)
        return String(decoding: quoted, as: UTF8.self)
    }
}
