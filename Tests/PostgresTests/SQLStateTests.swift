import Postgres
import Testing

@Suite("A SQLSTATE")
struct SQLStateTests {
    @Test(
        "is transient when the same statement can succeed later",
        arguments: [
            "08000", "08006", "25006", "25P03", "40001", "40P01", "53100", "53200", "53300", "53400", "55006", "55P03", "57P01", "57P02",
            "57P03", "57P05", "58030",
        ])
    func transient(code: String) throws {
        #expect(try #require(SQLState(code)).isTransient)
    }

    @Test(
        "is final when a person has to change something first",
        arguments: [
            "0A000", "22003", "22P02", "23505", "25P02", "28000", "28P01", "3D000", "42501", "42601", "42703", "42P01", "54000", "57014",
            "57P04", "XX000", "P0001",
        ])
    func final(code: String) throws {
        #expect(try !#require(SQLState(code)).isTransient)
    }

    @Test(
        "is five digits or capital letters and nothing else",
        arguments: ["", "4200", "420011", "42p01", "42P 1", "٤٢P01", "42P0\u{301}", "FATAL:"])
    func invalid(code: String) {
        #expect(SQLState(code) == nil)
    }
}
