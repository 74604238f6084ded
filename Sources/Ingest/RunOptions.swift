/// What the person who starts a run says about it.
public struct RunOptions: Sendable, Equatable {
    /// Compare days with their tables' rows even where their digests say that nothing changed: someone may have changed them.
    public var distrustsLedger = false
    /// Publish days that lost more of their rows than their report allows.
    public var acceptsShrink = false
    /// Read every day from its source, also those that a run which died had read already.
    public var readsAfresh = false

    /// None of it.
    public init() {}
}
