/// Why a spill file or its directory could not be used.
///
/// Nothing in it is a row's data or a secret: it names directories, runs and files, and fields of a footer, never their values.
public struct SpillError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may tell apart.
    public enum Code: Hashable, Sendable {
        /// The spill directory is a symlink, another user's, open to others, not a directory, or not writable.
        case directoryUnusable
        /// A run's or file's name is not one plain path component.
        case nameUnusable
        /// A file or run folder of this name is there already and is not to be overwritten.
        case fileExists
        /// No such file or run.
        case fileMissing
        /// Another process holds the run, or the directory's lock for too long.
        case runBusy
        /// One stream's unfinished files alone need more than the whole quota.
        case quotaExceeded
        /// Streams that wait for one another, in this process or in several, hold the whole quota, and this one gives way.
        case quotaContended
        /// The file system is full, or the user's disk quota is (ENOSPC, EDQUOT).
        case noSpace
        /// Any other failure of the operating system, or of memory (ENOMEM).
        case io(errno: Int32)
        /// The bytes are not the bytes that were written.
        case corrupt
        /// The file has no whole footer: its writer did not finish.
        case incomplete
        /// The file is whole, but not the one expected.
        case mismatch
        /// The footer's texts exceed ``SpillFile/footerLimit``.
        case footerTooLong
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in one line.
    public let message: String
    /// What to do next, in one line.
    public let hint: String

    /// Whether the same attempt may succeed later with nothing changed by hand.
    public var isTransient: Bool {
        switch code {
        case .runBusy, .quotaContended, .noSpace, .io: true
        case .directoryUnusable, .nameUnusable, .fileExists, .fileMissing, .quotaExceeded, .corrupt, .incomplete, .mismatch,
            .footerTooLong:
            false
        }
    }

    /// Whether the file will never load, so that its day must be read from the source again.
    public var condemnsFile: Bool {
        switch code {
        case .corrupt, .incomplete, .mismatch, .fileMissing: true
        case .directoryUnusable, .nameUnusable, .fileExists, .runBusy, .quotaExceeded, .quotaContended, .noSpace, .io, .footerTooLong:
            false
        }
    }

    /// Message and hint in one line.
    public var description: String { "\(message); hint: \(hint)" }
}
