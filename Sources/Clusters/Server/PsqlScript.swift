/// The standard input of psql: variables first, then SQL.
struct PsqlScript {
    /// The whole text.
    let text: String

    /// - Throws: ``ClusterError`` with code `invalidArgument` for a name that psql would not take: letters, digits, underscores only.
    init(_ sql: String, variables: [String: String]) throws {
        let definitions = try variables.sorted { $0.key < $1.key }.map { name, value in
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else {
                throw ClusterError(.invalidArgument, "\(name) is no name for a psql variable")
            }
            return "\\set \(name) \(Self.quoted(value))\n"
        }
        text = definitions.joined() + sql + "\n"
    }

    /// A psql argument in single quotes, with C-like escapes inside (psql, "Meta-Commands").
    static func quoted(_ value: String) -> String {
        let escaped = value.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "'": "\\'"
            case "\n": "\\n"
            case "\r": "\\r"
            default: String(scalar)
            }
        }
        return "'" + escaped.joined() + "'"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"): true
        default: false
        }
    }
}
