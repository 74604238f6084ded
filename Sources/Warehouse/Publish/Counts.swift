extension Int {
    /// With a comma every three digits, as people read it: `5,000`.
    var grouped: String {
        let digits = Array(String(magnitude))
        let text = digits.indices.map { (digits.count - $0) % 3 == 0 && $0 > 0 ? ",\(digits[$0])" : "\(digits[$0])" }.joined()
        return self < 0 ? "-" + text : text
    }
}

/// `1 row`, `5,000 rows`.
func counted(_ count: Int, _ noun: String) -> String { "\(count.grouped) \(noun)\(count == 1 ? "" : "s")" }
