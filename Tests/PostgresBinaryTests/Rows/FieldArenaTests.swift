import PostgresBinary
import Testing

@Suite struct TextArenaTests {
    private func keep(_ text: String, in arena: inout TextArena) throws -> InternedText {
        let bytes = Array(text.utf8)
        return try arena.intern(bytes.span.bytes)
    }

    private func text(_ handle: InternedText, in arena: borrowing TextArena) -> String {
        String(decoding: [UInt8](arena.bytes(of: handle)), as: UTF8.self)
    }

    @Test("every handle gives its text back, however the arena has grown")
    func growth() throws {
        var arena = TextArena(capacity: 0)
        let texts = (0..<1000).map { String(repeating: "é", count: $0 % 50) + "\($0)" }
        var handles: [InternedText] = []
        for text in texts { handles.append(try keep(text, in: &arena)) }
        for (handle, text) in zip(handles, texts) { #expect(self.text(handle, in: arena) == text) }
        let count = arena.count
        #expect(count == texts.reduce(0) { $0 + $1.utf8.count })
    }

    @Test("truncating forgets what is above the mark, and nothing below")
    func marks() throws {
        var arena = TextArena()
        let dimension = try keep("dimension", in: &arena)
        let mark = arena.mark
        for round in 0..<3 {
            let fact = try keep("fact \(round)", in: &arena)
            #expect(text(fact, in: arena) == "fact \(round)")
            arena.truncate(to: mark)
            let count = arena.count
            #expect(count == 9)
        }
        #expect(text(dimension, in: arena) == "dimension")
    }

    @Test("a handle takes eight bytes, and an empty text is a text")
    func handles() throws {
        #expect(MemoryLayout<InternedText>.size == 8)
        var arena = TextArena()
        let empty = try keep("", in: &arena)
        #expect(empty.count == 0)
        #expect(text(empty, in: arena) == "")
    }
}
