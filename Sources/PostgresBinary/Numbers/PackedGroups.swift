/// Addition and subtraction of four groups of four decimal digits in one word, all at once: the base-10000 form of how processors add
/// packed decimals. A lane that passes 10000 is made to pass 65536, so that the word's own carries are the decimal ones.
@usableFromInline
enum PackedGroups {
    /// 1 in each of the four lanes.
    @usableFromInline static let ones: UInt64 = 0x0001_0001_0001_0001
    /// 65536 - 10000.
    @usableFromInline static let excess: UInt64 = 0xD8F0

    /// The sum, or nil where it needs a fifth group.
    @inlinable
    static func sum(_ left: UInt64, _ right: UInt64) -> UInt64? {
        let raised = left &+ ones &* excess
        let (sum, overflow) = raised.addingReportingOverflow(right)
        guard !overflow else { return nil }
        let carried = ((raised ^ right ^ sum) >> 16) & ones
        return sum &- (ones & ~carried) &* excess
    }

    /// The difference of a word and one that is not greater.
    @inlinable
    static func difference(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let difference = left &- right
        let borrowed = ((left ^ right ^ difference) >> 16) & (ones >> 16)
        return difference &- borrowed &* excess
    }
}
