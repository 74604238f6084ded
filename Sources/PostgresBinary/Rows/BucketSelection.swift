/// Some of the buckets of ``BucketDigests``.
public struct BucketSelection: Equatable, Sendable {
    /// In ascending order, each below `count`.
    public let buckets: [Int]
    /// Of how many; a power of two.
    public let count: Int
    private let isSelected: [Bool]

    init(_ buckets: [Int], of count: Int) {
        self.buckets = buckets
        self.count = count
        var isSelected = [Bool](repeating: false, count: count)
        for bucket in buckets { isSelected[bucket] = true }
        self.isSelected = isSelected
    }

    /// Whether a row with this key is in one of them.
    public func contains(key: Int64) -> Bool { isSelected[BucketDigests.bucket(of: key, count: count)] }

    /// The condition that says the same in SQL of `key`, an expression of an integer type.
    public func condition(on key: String) -> String {
        // Of one type on both sides: PostgreSQL then looks the buckets up in a hash table (15, convert_saop_to_hashed_saop()).
        let list = buckets.map { String($0) }.joined(separator: ",")
        return "((\(key)::bigint >> \(BucketDigests.keyShift)) & \(count - 1)) = ANY ('{\(list)}'::bigint[])"
    }
}
