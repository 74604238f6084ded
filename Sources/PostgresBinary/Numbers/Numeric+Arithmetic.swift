/// Arithmetic as PostgreSQL's `numeric` does it, exact, with the larger display scale of the operands
/// (https://www.postgresql.org/docs/15/functions-math.html; the special values as since version 14).
extension Numeric {
    /// - Throws: ``BinaryError`` of code `valueOutOfRange` for a sum of more than 131072 digits before the decimal point.
    @inlinable
    public static func + (left: Numeric, right: Numeric) throws(BinaryError) -> Numeric {
        try sum(left, right)
    }

    /// - Throws: ``BinaryError`` of code `valueOutOfRange` for a difference of more than 131072 digits before the decimal point.
    @inlinable
    public static func - (left: Numeric, right: Numeric) throws(BinaryError) -> Numeric {
        try sum(left, -right)
    }

    /// The negated value; NaN and zero stay what they are.
    @inlinable
    public static prefix func - (value: Numeric) -> Numeric {
        var result = value
        switch value.kind {
        case .positive: if value.count > 0 { result.kind = .negative }
        case .negative: result.kind = .positive
        case .nan: break
        case .infinity: result.kind = .negativeInfinity
        case .negativeInfinity: result.kind = .infinity
        }
        return result
    }

    @inlinable
    static func sum(_ left: Numeric, _ right: Numeric) throws(BinaryError) -> Numeric {
        guard left.isFinite, right.isFinite else { return specialSum(left, right) }
        if let sum = packedSum(left, right) { return sum }
        return try groupwiseSum(left, right)
    }

    /// Adds values of which one at least is not finite.
    @usableFromInline
    static func specialSum(_ left: Numeric, _ right: Numeric) -> Numeric {
        if left.kind == .nan || right.kind == .nan { return .nan }
        if left.isFinite { return right }
        if right.isFinite { return left }
        return left.kind == right.kind ? left : .nan
    }

    /// Adds finite values that, written one below the other, span at most four groups; nil for any others.
    @inlinable
    static func packedSum(_ left: Numeric, _ right: Numeric) -> Numeric? {
        guard case .packed(var one) = left.groups, case .packed(var two) = right.groups else { return nil }
        let scale = max(left.scale, right.scale)
        if left.count == 0 || right.count == 0 {
            var result = left.count == 0 ? right : left
            result.scale = scale
            return result
        }
        let top = max(left.weight, right.weight)
        let bottom = min(Int(left.weight) &- Int(left.count), Int(right.weight) &- Int(right.count))
        guard Int(top) &- bottom <= 4 else { return nil }
        one = one &>> (UInt64(top &- left.weight) &* 16)
        two = two &>> (UInt64(top &- right.weight) &* 16)

        var kind = left.kind
        let groups: UInt64
        if left.kind == right.kind {
            guard let sum = PackedGroups.sum(one, two) else { return nil }
            groups = sum
        } else if one >= two {
            groups = PackedGroups.difference(one, two)
        } else {
            kind = right.kind
            groups = PackedGroups.difference(two, one)
        }
        guard groups != 0 else { return zero(scale: scale) }
        let leading = groups.leadingZeroBitCount >> 4
        let count = 4 &- leading &- groups.trailingZeroBitCount >> 4
        let weight = Int(top) &- leading
        // A difference may fall below the least weight by losing its first groups, though PostgreSQL makes no such operands.
        guard weight >= Int(Int16.min) else { return nil }
        return Numeric(
            kind: kind, weight: Int16(truncatingIfNeeded: weight), scale: scale, count: UInt16(truncatingIfNeeded: count),
            groups: .packed(groups &<< UInt64(leading &* 16)))
    }

    /// Adds any finite values, group by group.
    @usableFromInline
    static func groupwiseSum(_ left: Numeric, _ right: Numeric) throws(BinaryError) -> Numeric {
        let scale = Int(max(left.scale, right.scale))
        let order = left.compareMagnitude(to: right)
        let larger = order < 0 ? right : left
        let smaller = order < 0 ? left : right
        let top = Int(larger.weight) + 1
        let bottom = min(Int(larger.weight) - Int(larger.count), Int(smaller.weight) - Int(smaller.count)) + 1
        // One group more than the larger operand has, for a carry; index 0 has the weight `top`.
        var result = [UInt16](repeating: 0, count: top - bottom + 1)
        for (index, group) in larger.groupArray.enumerated() { result[index + 1] = group }
        let digits = smaller.groupArray
        let offset = top - Int(smaller.weight)
        let adds = left.kind == right.kind
        var carry = 0
        for index in result.indices.reversed() {
            let digit = digits.indices.contains(index - offset) ? Int(digits[index - offset]) : 0
            var group = adds ? Int(result[index]) + digit + carry : Int(result[index]) - digit - carry
            carry = 0
            if group >= 10000 {
                group -= 10000
                carry = 1
            } else if group < 0 {
                group += 10000
                carry = 1
            }
            result[index] = UInt16(group)
        }
        return try Numeric(negative: larger.kind == .negative, weight: top, scale: scale, groups: result[...])
    }
}
