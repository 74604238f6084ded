/// Takes fields out of a part of a catalogue, and names the part and the field where one is missing or impossible.
struct Required {
    /// As `class db.r6g.large`.
    let part: String

    func callAsFunction<Value>(_ value: Value?, _ field: String) throws(SizingError) -> Value {
        guard let value else { throw error("lacks \(field)") }
        return value
    }

    /// A finite number above 0 and not beyond `most`.
    func positive(_ value: Double?, _ field: String, most: Double = 1e9) throws(SizingError) -> Double {
        let value = try self(value, field)
        guard value.isFinite, value > 0, value <= most else { throw error("has a \(field) that is not a number above 0") }
        return value
    }

    /// A price may be 0.
    func price(_ value: Price?, _ field: String) throws(SizingError) -> Price {
        let price = try self(value, field)
        guard price.dollars.isFinite, (0...1e9).contains(price.dollars) else { throw error("has a \(field) that is no price") }
        return price
    }

    func error(_ what: String) -> SizingError {
        SizingError(.catalogue, "the catalogue's \(part) \(what)", hint: "compare it with the catalogue in the article Sizing")
    }
}
