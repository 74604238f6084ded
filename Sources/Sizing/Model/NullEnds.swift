/// What is left of a run's time when one of its ends is taken away: shows whether the client between them binds.
public struct NullEnds: Sendable, Encodable {
    /// Wall with a null source over the wall from source to warehouse; nil where it was not measured.
    public let withNullSource: Double?
    /// Wall with a null sink over the wall from source to warehouse.
    public let withNullSink: Double?

    /// The client binds where taking either end away makes it hardly faster (within a tenth); nil where one of them was not measured.
    public var clientBinds: Bool? {
        guard let withNullSource, let withNullSink else { return nil }
        return withNullSource > 0.9 && withNullSink > 0.9
    }

    init(_ measurements: Measurements) {
        func ratio(_ kind: Repetition.Kind) -> Double? {
            Sample.median(
                measurements.configurations.compactMap { group in
                    guard let full = Sample.median(group.counted.map(\.wallSeconds)),
                        let null = Sample.median(group.repetitions.filter { $0.kind == kind }.map(\.wallSeconds))
                    else { return nil }
                    return null / full
                })
        }
        withNullSource = ratio(.nullSource)
        withNullSink = ratio(.nullSink)
    }
}
