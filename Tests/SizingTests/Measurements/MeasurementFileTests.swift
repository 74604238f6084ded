import FoundationEssentials
import Sizing
import SizingFixture
import Testing

@Suite("A measurement file")
struct MeasurementFileTests {
    private let measurements = KnownLaw().measure(Array(KnownLaw.configurations.prefix(3)), repetitions: 3)

    private func text() throws -> String { String(decoding: try MeasurementFile.bytes(of: measurements), as: UTF8.self) }

    private func code(_ text: String) -> SizingError.Code? {
        do throws(SizingError) {
            _ = try MeasurementFile.read(Data(text.utf8))
            return nil
        } catch {
            #expect(!error.hint.isEmpty && !error.message.hasSuffix("."))
            return error.code
        }
    }

    @Test("is read as it was written")
    func roundTrip() throws {
        #expect(try MeasurementFile.read(MeasurementFile.bytes(of: measurements)) == measurements)
    }

    @Test("may be laid out anew")
    func layout() throws {
        let text = try text()
        #expect(code(text.replacing("\n", with: " ").replacing("  ", with: "")) == nil)
    }

    @Test("cut anywhere is refused", arguments: [0, 1, 10, 200, 2_000])
    func cut(length: Int) throws {
        #expect(code(String(try text().prefix(length))) == .cutShort)
        #expect(code(String(try text().dropLast(3 + length / 10))) == .cutShort)
    }

    @Test("of another version is refused, and says which")
    func version() throws {
        let newer = try text().replacing("\"version\" : 1", with: "\"version\" : 2")
        #expect(code(newer) == .unknownVersion)
        #expect(throws: SizingError.self) { _ = try MeasurementFile.read(Data(newer.utf8)) }
    }

    @Test(
        "of something else is refused",
        arguments: ["[]", "{}", "7", "null", "\"x\"", "{\"format\":\"results\",\"version\":1}", "{\"version\":1}"])
    func otherJSON(text: String) { #expect(code(text) == .notMeasurements) }

    @Test("whose figures were changed is refused")
    func edited() throws {
        #expect(code(try text().replacing("\"tenants\" : 8", with: "\"tenants\" : 9")) == .edited)
        #expect(code(try text().replacing("\"cpu_is_estimated\" : false", with: "\"cpu_is_estimated\" : true")) == .edited)
    }

    @Test("with a field missing or of another type names it")
    func malformed() throws {
        let text = try text()
        #expect(code(text.replacing("\"configurations\"", with: "\"configuration\"")) == .malformed)
        #expect(code(text.replacing("\"streams\" : 2", with: "\"streams\" : \"two\"")) == .malformed)
        #expect(code(text.replacing("\"streams\" : 2", with: "\"streams\" : 1e400")) != nil)
        let missing = text.replacing("\"cpu_model\" : \"Generated\",", with: "")
        do throws(SizingError) {
            _ = try MeasurementFile.read(Data(missing.utf8))
            Issue.record("read")
        } catch {
            #expect(error.message == "contents.provenance.cpu_model is missing")
        }
    }

    @Test("without a repetition that counts is refused")
    func none() throws {
        var empty = measurements
        for index in empty.configurations.indices { empty.configurations[index].repetitions = [] }
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: empty) }
        var wrong = measurements
        for index in wrong.configurations.indices {
            for number in wrong.configurations[index].repetitions.indices {
                wrong.configurations[index].repetitions[number].parity = .differs
            }
        }
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: wrong) }
    }

    @Test("is not written with what cannot have been measured", arguments: [Double.nan, .infinity, -1, 0, 1e300])
    func implausible(wall: Double) {
        var wrong = measurements
        wrong.configurations[0].repetitions[0].wallSeconds = wall
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: wrong) }
    }

    @Test("is not written with counts that cannot be", arguments: [Int.min, -1, Int.max])
    func implausible(count: Int) {
        var wrong = measurements
        wrong.configurations[0].repetitions[0].stages[0].rows = count
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: wrong) }
        wrong = measurements
        wrong.configurations[0].configuration.streams = count
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: wrong) }
        wrong = measurements
        wrong.provenance.workload.tenants = count
        #expect(throws: SizingError.self) { try MeasurementFile.bytes(of: wrong) }
    }

    @Test("of one machine can be joined with another of it, and of another machine cannot")
    func joined() throws {
        let more = KnownLaw.with(seed: 8).measure(Array(KnownLaw.configurations.suffix(7)), repetitions: 3)
        let whole = try Measurements.joined([measurements, more])
        #expect(whole.configurations.count == 9)
        #expect(whole.configurations.map(\.repetitions.count).reduce(0, +) == 30)
        var other = more
        other.provenance.cpuModel = "Another"
        #expect(throws: SizingError.self) { try Measurements.joined([measurements, other]) }
        #expect(throws: SizingError.self) { try Measurements.joined([]) }
        #expect(throws: SizingError.self) { try Measurements.joined([measurements, more, measurements]) }
    }

    @Test("damaged at random never ends the program")
    func damaged() throws {
        let bytes = try MeasurementFile.bytes(of: measurements)
        var noise = Noise(seed: 1)
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &noise) {
                damaged[Int.random(in: 0..<damaged.count, using: &noise)] = UInt8.random(in: 0...255, using: &noise)
            }
            _ = try? MeasurementFile.read(damaged)
        }
    }
}
