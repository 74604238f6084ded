import PostgresBinary
import Testing

@Suite struct PostgresUUIDTests {
    @Test("text goes both ways, and capitals are read")
    func text() throws {
        let text = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
        let uuid = try #require(PostgresUUID(text))
        #expect(uuid.description == text)
        #expect(PostgresUUID(text.uppercased()) == uuid)
    }

    @Test(
        "other forms are refused",
        arguments: ["", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "+0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"])
    func notAUUID(_ text: String) {
        #expect(PostgresUUID(text) == nil)
    }
}
