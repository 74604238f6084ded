extension Numeric: Comparable, Hashable {
    /// Equality of values, as PostgreSQL's `=`: `1.0` equals `1.00`, and NaN equals NaN.
    @inlinable
    public static func == (left: Numeric, right: Numeric) -> Bool {
        guard left.kind == right.kind, left.weight == right.weight, left.count == right.count else { return false }
        return left.compareGroups(to: right) == 0
    }

    /// PostgreSQL's order: -Infinity, finite values, Infinity, NaN.
    @inlinable
    public static func < (left: Numeric, right: Numeric) -> Bool {
        if left.rank != right.rank { return left.rank < right.rank }
        switch left.rank {
        case 1: return left.compareMagnitude(to: right) > 0
        case 3: return left.compareMagnitude(to: right) < 0
        default: return false
        }
    }

    /// Hashes the value; equal values of different scales have the same hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(weight)
        switch groups {
        case .packed(let word): hasher.combine(word)
        case .array(let array): hasher.combine(array)
        }
    }

    /// Whether the display scales are equal as well as the values, so that both print and encode alike.
    @inlinable
    public func isIdentical(to other: Numeric) -> Bool {
        scale == other.scale && self == other
    }

    /// The place of the value's class in the order: -Infinity, negative, zero, positive, Infinity, NaN.
    @inlinable var rank: Int {
        switch kind {
        case .negativeInfinity: 0
        case .negative: 1
        case .positive: count == 0 ? 2 : 3
        case .infinity: 4
        case .nan: 5
        }
    }

    /// Compares absolute values of finite numbers: negative, zero or positive as this one is less, equal or greater.
    @inlinable
    func compareMagnitude(to other: Numeric) -> Int {
        if count == 0 || other.count == 0 { return Int(count) &- Int(other.count) }
        if weight != other.weight { return Int(weight) &- Int(other.weight) }
        return compareGroups(to: other)
    }

    /// Compares the groups of finite numbers of the same weight.
    @inlinable
    func compareGroups(to other: Numeric) -> Int {
        if case .packed(let left) = groups, case .packed(let right) = other.groups {
            return left == right ? 0 : left < right ? -1 : 1
        }
        return compareGroupArrays(to: other)
    }

    @usableFromInline
    func compareGroupArrays(to other: Numeric) -> Int {
        let left = groupArray
        let right = other.groupArray
        for (one, two) in zip(left, right) where one != two { return one < two ? -1 : 1 }
        return left.count - right.count
    }
}
