/// Measurements, a catalogue or a question that no answer can be drawn from.
public struct SizingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Sendable {
        /// The file is not JSON, or ends too early.
        case cutShort
        /// JSON, but of something else.
        case notMeasurements
        /// Measurements of a version that this program does not read.
        case unknownVersion
        /// A field is missing or of another type.
        case malformed
        /// The contents are not those that were written.
        case edited
        /// No complete repetition to draw anything from.
        case noRepetitions
        /// A figure that nothing measurable has: negative, not finite, or beyond any machine.
        case implausible
        /// Files from different machines, or with different settings.
        case mixedMachines
        /// The catalogue is not as it has to be.
        case catalogue
        /// No class of that name in the catalogue.
        case unknownClass
        /// A question that cannot be asked.
        case invalidQuestion
    }

    /// What is wrong.
    public let code: Code
    /// Lower case, no full stop.
    public let message: String
    /// What to do next.
    public let hint: String

    /// An error with what to do next.
    public init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// `message; hint: …`
    public var description: String { "\(message); hint: \(hint)" }
}
