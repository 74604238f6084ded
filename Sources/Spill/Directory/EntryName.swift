/// The rules for names below a spill directory.
enum EntryName {
    /// What every spill file's name ends with.
    static let fileSuffix = ".lz4"
    /// The file in a run folder that its process holds `flock(LOCK_EX)` on; a folder without one is not Spill's.
    static let lock = ".spill-lock"

    /// Whether `name` is one plain path component: 1 to 240 bytes, no slash, no control character, no leading dot.
    static func isPlain(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...240).contains(bytes.count) && bytes.first != UInt8(ascii: ".")
            && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// Throws ``SpillError/Code/nameUnusable`` unless every name is plain.
    static func check(_ names: String...) throws(SpillError) {
        for name in names where !isPlain(name) {
            throw SpillError(
                code: .nameUnusable, message: "the name of a run or spill file is not a plain file name",
                hint: "use 1 to 240 bytes without slash, control character or leading dot")
        }
    }
}
