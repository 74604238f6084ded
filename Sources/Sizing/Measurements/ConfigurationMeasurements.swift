/// A configuration and its repetitions, null ones included.
public struct ConfigurationMeasurements: Sendable, Equatable, Codable {
    /// What was the same in all of them.
    public var configuration: Configuration
    /// Timed ones only: a warm-up is not written down.
    public var repetitions: [Repetition]

    /// A configuration and its repetitions.
    public init(_ configuration: Configuration, _ repetitions: [Repetition]) {
        self.configuration = configuration
        self.repetitions = repetitions
    }

    /// The repetitions that the model is fitted to: from source to warehouse, and not with other rows than the source's.
    public var counted: [Repetition] { repetitions.filter { $0.kind == .full && $0.parity != .differs } }
}
