/// What a fleet remembers between runs: how many tenants, ports and passwords. A file of `key=value` lines.
struct FleetState: Equatable {
    private var values: [String: String]

    /// The state of a fleet that was never opened.
    init() { values = [:] }

    /// Reads the text; lines without `=` are passed over.
    init(_ text: String) {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        values = Dictionary(pairs) { $1 }
    }

    /// The file's text, in alphabetical order.
    var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0)=\($1)\n" }.joined()
    }

    /// How many tenants there have ever been.
    var tenants: Int {
        get { values["tenants"].flatMap { Int($0) } ?? 0 }
        set { values["tenants"] = String(newValue) }
    }

    /// The port of a member's server.
    subscript(portOf member: String) -> Int? {
        get { values["\(member).port"].flatMap { Int($0) } }
        set { values["\(member).port"] = newValue.map { String($0) } }
    }

    /// Whether the port is some member's.
    func holds(port: Int) -> Bool {
        values.contains { $0.key.hasSuffix(".port") && $0.value == String(port) }
    }

    /// The password of a role; random, and made when it is asked for the first time.
    mutating func password(_ role: String) -> String {
        let key = "\(role).password"
        if let known = values[key] { return known }
        let fresh = Cluster.randomPassword()
        values[key] = fresh
        return fresh
    }
}
