extension Float {
    /// As PostgreSQL prints it with `extra_float_digits` 1: the fewest digits that give the value back.
    public var postgresText: String { FloatText.text(of: self, significantDigitsBeforeExponent: 6) }
}

extension Double {
    /// As PostgreSQL prints it with `extra_float_digits` 1: the fewest digits that give the value back.
    public var postgresText: String { FloatText.text(of: self, significantDigitsBeforeExponent: 15) }
}
