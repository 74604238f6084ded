/// What is wrong with a COPY BINARY stream, a value in it, or a value on its way into one.
///
/// Neither the message nor the description shows a value of a row: only the name of a type, a length, a position.
public struct BinaryError: Error, Equatable, Sendable {
    /// The kind of the error, for code that has to decide what to do about it.
    public enum Code: String, Sendable, CaseIterable {
        /// The stream does not begin with the signature of COPY BINARY.
        case notCopyBinary
        /// The header has a critical flag that this reader does not know.
        case unsupportedFlags
        /// The header declares an impossible extension area.
        case malformedHeader
        /// A length inside a row is impossible.
        case malformedRow
        /// A row has another number of fields than was asked for, or more fields were read than it has.
        case wrongFieldCount
        /// A row is larger than the reader was told to accept.
        case rowTooLarge
        /// The stream ended before its trailer.
        case truncated
        /// Bytes follow the trailer.
        case dataAfterTrailer
        /// A value's bytes are not what its type's send function writes.
        case malformedValue
        /// A value is well formed, but outside its type's range.
        case valueOutOfRange
        /// NULL where a value is required.
        case unexpectedNull
        /// An arena of text is full.
        case arenaFull
        /// The reader reported an error before and cannot go on.
        case readerFailed
    }

    /// The kind of the error.
    public let code: Code
    /// What is wrong, in lower case, without any data of the row.
    public let message: String
    /// What to do about it, where there is something to do.
    public let hint: String?
    /// The position of the field in its row, from 1, where known.
    public private(set) var field: Int?
    /// The position of the row in its stream, from 1, where known.
    public private(set) var row: Int?

    /// Makes an error that does not yet know its place in the stream.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The same error with the position of its field, from 1, unless it has one.
    public func at(field: Int) -> BinaryError {
        var error = self
        error.field = self.field ?? field
        return error
    }

    /// The same error with the position of its row, from 1, unless it has one.
    public func at(row: Int) -> BinaryError {
        var error = self
        error.row = self.row ?? row
        return error
    }
}

extension BinaryError: CustomStringConvertible {
    /// One line: the message, the place, the hint.
    public var description: String {
        var text = message
        if let field { text += ", field \(field)" }
        if let row { text += ", row \(row)" }
        if let hint { text += "; hint: \(hint)" }
        return text
    }
}

extension BinaryError {
    /// A value of `type` whose bytes number `length`, which the type's send function never writes.
    @usableFromInline
    @inline(never)
    static func wrongLength(of type: StaticString, _ length: Int) -> BinaryError {
        BinaryError(.malformedValue, "\(type) value of \(length) bytes")
    }

    /// A value of `type` that breaks the rule named.
    @usableFromInline
    @inline(never)
    static func malformed(_ type: StaticString, _ rule: StaticString) -> BinaryError {
        BinaryError(.malformedValue, "\(type) value with \(rule)")
    }

    /// A value outside the range of `type`.
    @usableFromInline
    @inline(never)
    static func outOfRange(_ type: StaticString) -> BinaryError {
        BinaryError(.valueOutOfRange, "\(type) value out of range")
    }
}
