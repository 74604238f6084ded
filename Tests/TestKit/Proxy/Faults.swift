/// What a ``FaultProxy`` does to the bytes of one direction. Offsets count from the start of each connection.
public struct Faults: Sendable, Hashable {
    /// How a connection ends.
    public enum Ending: Sendable, Hashable {
        /// In order: both sides read the end of the stream.
        case close
        /// With a TCP reset: both sides read an error.
        case reset
    }

    /// An end after exactly so many bytes.
    public struct Cut: Sendable, Hashable {
        /// Bytes of this direction that still get through; a connection beyond it is cut at once.
        public var after: Int
        /// How both sides learn of it.
        public var ending: Ending

        /// An end after `after` bytes.
        public init(after: Int, _ ending: Ending = .close) {
            self.after = after
            self.ending = ending
        }
    }

    /// One bit that arrives wrong.
    public struct Flip: Sendable, Hashable {
        /// The byte, counted from 0.
        public var offset: Int
        /// The bit, 0 the lowest, 7 the highest.
        public var bit: Int

        /// A flip of `bit` in the byte at `offset`.
        public init(offset: Int, bit: Int = 0) {
            self.offset = offset
            self.bit = bit
        }
    }

    /// Every byte arrives this much later.
    public var latency: Duration = .zero
    /// The most bytes that pass in a second.
    public var bytesPerSecond: Int?
    /// The most bytes that are sent at once. A slow reader may still find several slices together.
    public var slice: Int?
    /// Nothing passes, and nothing is closed: a black hole.
    public var isStalled = false
    /// An end for the first connection that gets there; it is then taken out of the settings.
    public var cut: Cut?
    /// A wrong bit for the first connection that gets there; it is then taken out of the settings.
    public var flip: Flip?

    /// No faults.
    public init() {}
}
