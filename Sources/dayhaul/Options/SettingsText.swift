/// The text of a settings file: names with values, nested by indentation. It is YAML, and no more of YAML than that: lists, anchors and
/// values of several lines have no meaning here, and are refused where they stand.
struct SettingsText {
    /// A value under its whole name, such as `limits.sliceDays`.
    struct Entry: Equatable {
        let name: String
        let value: String
    }

    /// What is no name with a value, and where. Nothing of the text is in it, which may hold a password.
    struct Mistake: Error, Equatable {
        /// From 1.
        let line: Int
        /// From 1, in characters.
        let column: Int
        let reason: String
    }

    /// In the order of the text. A name without a value has an empty one, unless others are nested below it.
    private(set) var entries: [Entry] = []

    /// A name that others are nested below.
    private struct Level {
        let indent: Int
        /// The names of this level begin with it.
        let prefix: String
    }

    init(_ text: String) throws(Mistake) {
        var levels = [Level(indent: 0, prefix: "")]
        // The name of the line before, when it has no value: what is deeper is below it.
        var open: (indent: Int, name: String)?
        let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
        for (index, whole) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var line = SettingsLine(whole, number: index + 1)
            guard !line.isEmpty else { continue }
            if whole.hasPrefix("---"), entries.isEmpty, open == nil { continue }
            let indent = try line.indentation()
            if let name = open, indent > name.indent {
                levels.append(Level(indent: indent, prefix: name.name + "."))
            } else {
                if let name = open { entries.append(Entry(name: name.name, value: "")) }
                while let last = levels.last, last.indent > indent, levels.count > 1 { levels.removeLast() }
            }
            open = nil
            guard let level = levels.last, level.indent == indent else {
                throw line.mistake("it is indented otherwise than the names around it")
            }
            let name = level.prefix + (try line.name())
            guard !entries.contains(where: { $0.name == name || $0.name.hasPrefix(name + ".") }) else {
                throw line.mistake("the name stands in the file twice")
            }
            if let value = try line.value() { entries.append(Entry(name: name, value: value)) } else { open = (indent, name) }
        }
        if let name = open { entries.append(Entry(name: name.name, value: "")) }
    }
}

/// One line of a settings file, read from left to right.
private struct SettingsLine {
    private let number: Int
    private let characters: [Character]
    private var place = 0

    init(_ text: Substring, number: Int) {
        characters = Array(text)
        self.number = number
    }

    func mistake(_ reason: String) -> SettingsText.Mistake { SettingsText.Mistake(line: number, column: place + 1, reason: reason) }

    private var next: Character? { place < characters.count ? characters[place] : nil }

    /// Whether nothing but white space and a comment is left.
    var isEmpty: Bool {
        guard let first = characters[place...].firstIndex(where: { !$0.isWhitespace }) else { return true }
        return characters[first] == "#" && (first == 0 || characters[first - 1].isWhitespace)
    }

    mutating func indentation() throws(SettingsText.Mistake) -> Int {
        while next == " " { place += 1 }
        guard next != "\t" else { throw mistake("a tab: indent with blanks") }
        return place
    }

    /// The name, and the colon after it.
    mutating func name() throws(SettingsText.Mistake) -> String {
        guard let first = next, first != "-" else { throw mistake("a list, where a name with a value is expected") }
        var name = ""
        if first == "\"" || first == "'" {
            name = try quoted(first)
        } else {
            while let character = next, character.isLetter || character.isNumber || "_.-".contains(character) {
                name.append(character)
                place += 1
            }
        }
        while next == " " { place += 1 }
        let isColon = next == ":" && (place + 1 == characters.count || characters[place + 1].isWhitespace)
        guard isColon, !name.isEmpty else { throw mistake("a name, a colon and a blank are expected") }
        place += 1
        return name
    }

    /// The value; nil where there is none.
    mutating func value() throws(SettingsText.Mistake) -> String? {
        if isEmpty { return nil }
        while next?.isWhitespace == true { place += 1 }
        guard let first = next else { return nil }
        if first == "\"" || first == "'" {
            let value = try quoted(first)
            guard isEmpty else { throw mistake("more after a value in quotes") }
            return value
        }
        guard !"[]{},&*!|>%@`?".contains(first), !(first == "-" && place + 1 < characters.count && characters[place + 1] == " ") else {
            throw mistake("a value is plain text on the same line, or text in quotes")
        }
        var value = ""
        while let character = next, !isEmpty {
            if character == ":", place + 1 == characters.count || characters[place + 1].isWhitespace {
                throw mistake("a colon and a blank within a value: put it in quotes")
            }
            value.append(character)
            place += 1
        }
        while value.last?.isWhitespace == true { value.removeLast() }
        return value
    }

    private static let escapes: [Character: Character] = ["n": "\n", "t": "\t", "\"": "\"", "\\": "\\", "/": "/", "0": "\0"]

    private mutating func quoted(_ quote: Character) throws(SettingsText.Mistake) -> String {
        place += 1
        var text = ""
        while let character = next {
            place += 1
            if character == quote {
                // Two single quotes are one.
                guard quote == "'", next == "'" else { return text }
                place += 1
            } else if character == "\\", quote == "\"" {
                guard let escaped = next.flatMap({ Self.escapes[$0] }) else { throw mistake("an escape that is not known") }
                place += 1
                text.append(escaped)
                continue
            }
            text.append(character)
        }
        throw mistake("a quote that does not end")
    }
}
