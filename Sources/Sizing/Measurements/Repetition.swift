/// One timed run of a configuration.
public struct Repetition: Sendable, Equatable, Codable {
    /// What stood at the two ends.
    public enum Kind: String, Sendable, Codable {
        /// The sources and the warehouse.
        case full
        /// Ready rows from memory in place of the sources.
        case nullSource
        /// Rows are dropped where they would go to the warehouse.
        case nullSink
    }

    /// Whether the warehouse's rows were compared with the sources' afterwards.
    public enum Parity: String, Sendable, Codable {
        /// They are the same.
        case same
        /// They are not: the repetition counts for nothing.
        case differs
        /// There was nothing to compare, as with a null source or sink.
        case notCompared
    }

    /// From 1, in the order in which the repetitions of all configurations were run.
    public var number: Int
    /// What stood at the two ends.
    public var kind: Kind
    /// Seconds from its begin to its end.
    public var wallSeconds: Double
    /// Bytes of the day tables with their indexes (pg_total_relation_size) that it has left.
    public var storedBytes: Int
    /// Whether its rows are right.
    public var parity: Parity
    /// What each stage took; one that did nothing may be left out.
    public var stages: [StageFigures]

    /// One timed run.
    public init(
        number: Int, kind: Kind = .full, wallSeconds: Double, storedBytes: Int = 0, parity: Parity = .same, stages: [StageFigures]
    ) {
        self.number = number
        self.kind = kind
        self.wallSeconds = wallSeconds
        self.storedBytes = storedBytes
        self.parity = parity
        self.stages = stages
    }
}
