/// A value that must not be shown. It prints as dots wherever it ends up.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps `value`.
    public init(_ value: String) { self.value = value }

    /// The only way to the value; the name makes every use easy to find.
    public var revealed: String { value }

    /// A text in which the value, where it is of four characters or more, is replaced by dots.
    func hidden(in text: String) -> String {
        value.utf8.count >= 4 && text.utf8.count >= value.utf8.count ? text.replacing(value, with: description) : text
    }

    /// Dots.
    public var description: String { "•••" }
    /// Dots.
    public var debugDescription: String { description }
    /// Nothing to reflect on.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
