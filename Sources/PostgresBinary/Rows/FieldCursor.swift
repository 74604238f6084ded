/// The fields of one row, read in order.
///
/// A cursor borrows the row's bytes and copies none of them. All its lengths were checked before it was made, so that reading
/// cannot leave the row.
public struct FieldCursor: ~Escapable {
    /// The encoded tuple: the `Int16` number of fields, then each field's `Int32` length and bytes.
    public let rowBytes: RawSpan
    /// The number of fields of the row.
    public let fieldCount: Int
    /// The fields read or skipped so far.
    @inlinable public var fieldsRead: Int { index }

    @usableFromInline var index = 0
    @usableFromInline var offset = 2

    /// Where the next field begins, in bytes from the start of the row.
    @inlinable public var position: Int { offset }

    /// The fields read since the position was `start`, as they are encoded: each its length before its bytes.
    @inlinable
    @_lifetime(copy self)
    public func encoded(since start: Int) -> RawSpan {
        rowBytes.extracting(start..<offset)
    }

    /// For rows whose lengths a ``RowScan`` has checked.
    @inlinable
    @_lifetime(copy scanned)
    init(scanned: RawSpan, fieldCount: Int) {
        rowBytes = scanned
        self.fieldCount = fieldCount
    }

    /// Reads the fields of an encoded tuple that did not come from a ``CopyBinaryReader``.
    ///
    /// - Throws: ``BinaryError`` of code `malformedRow` unless `tuple` is exactly one encoded tuple.
    @inlinable
    @_lifetime(copy tuple)
    public init(validating tuple: RawSpan) throws(BinaryError) {
        guard tuple.byteCount >= 2 else { throw Self.malformed() }
        let count = Int(tuple.load(Int16.self, at: 0))
        var scan = RowScan()
        guard count >= 0,
            case .row(let end) = try scan.advance(over: tuple, fieldCount: count, maximumRowSize: .max),
            end == tuple.byteCount
        else { throw Self.malformed() }
        self.init(scanned: tuple, fieldCount: count)
    }

    /// Reads the next field; nil is NULL.
    ///
    /// - Throws: ``BinaryError`` with the field's position, for bytes that are no such value and after the last field.
    @inlinable
    public mutating func next<T: BinaryDecodable>(_ type: T.Type = T.self) throws(BinaryError) -> T? {
        guard let field = try nextField() else { return nil }
        do {
            return try T(binary: field)
        } catch {
            throw error.at(field: index)
        }
    }

    /// Reads the next field, which must not be NULL.
    ///
    /// - Throws: ``BinaryError`` as ``next(_:)``, and of code `unexpectedNull`.
    @inlinable
    public mutating func nextNonNull<T: BinaryDecodable>(_ type: T.Type = T.self) throws(BinaryError) -> T {
        guard let value = try next(type) else { throw Self.unexpectedNull().at(field: index) }
        return value
    }

    /// The next field's bytes as they are; nil is NULL.
    ///
    /// - Throws: ``BinaryError`` of code `wrongFieldCount` after the last field.
    @inlinable
    @_lifetime(copy self)
    public mutating func nextField() throws(BinaryError) -> RawSpan? {
        guard index < fieldCount else { throw Self.noMoreFields(fieldCount) }
        index &+= 1
        let length = Int(rowBytes.load(Int32.self, at: offset))
        let start = offset &+ 4
        guard length >= 0 else {
            offset = start
            return nil
        }
        offset = start &+ length
        return rowBytes.extracting(start..<offset)
    }

    /// The next field as it is encoded, its length before its bytes, once they are known to be a `T`; a NULL is a length without bytes.
    ///
    /// - Throws: ``BinaryError`` as ``next(_:)``.
    @inlinable
    @_lifetime(copy self)
    public mutating func nextEncoded<T: BinaryDecodable>(_ type: T.Type) throws(BinaryError) -> RawSpan {
        let start = offset
        _ = try next(type)
        return encoded(since: start)
    }

    /// The next field as it is encoded, as ``nextEncoded(_:)``, which must be text or NULL.
    ///
    /// - Throws: ``BinaryError`` of code `malformedValue` for text that is not strict UTF-8 or holds NUL, or `wrongFieldCount` after the last
    ///   field.
    @inlinable
    @_lifetime(copy self)
    public mutating func nextEncodedText() throws(BinaryError) -> RawSpan {
        let start = offset
        if let field = try nextField() {
            do { try UTF8Text.validate(field) } catch { throw error.at(field: index) }
        }
        return encoded(since: start)
    }

    /// Keeps the next field in `arena` as it is encoded, which must be text or NULL.
    ///
    /// - Throws: ``BinaryError`` as ``nextEncodedText()``, and of code `arenaFull`.
    @inlinable
    public mutating func nextText(in arena: inout FieldArena) throws(BinaryError) -> KeptFields {
        try arena.keep(try nextEncodedText())
    }

    /// Passes over the next field, whatever it is.
    ///
    /// - Throws: ``BinaryError`` of code `wrongFieldCount` after the last field.
    @inlinable
    public mutating func skip() throws(BinaryError) {
        _ = try nextField()
    }

    @usableFromInline
    @inline(never)
    static func malformed() -> BinaryError {
        BinaryError(.malformedRow, "bytes that are not one encoded tuple")
    }

    @usableFromInline
    @inline(never)
    static func noMoreFields(_ count: Int) -> BinaryError {
        BinaryError(.wrongFieldCount, "more fields read than the \(count) of the row")
    }

    @usableFromInline
    @inline(never)
    static func unexpectedNull() -> BinaryError {
        BinaryError(.unexpectedNull, "null where a value is required")
    }
}
