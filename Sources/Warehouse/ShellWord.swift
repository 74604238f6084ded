import SQLText

extension String {
    /// As a POSIX shell reads it as one word: a name in a command that people paste.
    public var shellWord: String { Shell.word(self) }
}
