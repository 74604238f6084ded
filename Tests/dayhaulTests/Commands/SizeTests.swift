import FoundationEssentials
import Sizing
import SizingFixture
import SystemPackage
import TestKit
import Testing

/// On generated measurements: nothing here was measured.
@Suite("dayhaul size", .timeLimit(.minutes(3)))
struct SizeTests {
    private func withMeasurements(_ body: (DayhaulProgram, String) async throws -> Void) async throws {
        try await withDirectory { directory in
            let bytes = try MeasurementFile.bytes(of: KnownLaw().measure(KnownLaw.configurations, repetitions: 3, nullEnds: true))
            try write(String(decoding: bytes, as: UTF8.self), to: directory + "/bench.json")
            try await body(DayhaulProgram(environment: ["HOME": directory], directory: directory), directory)
        }
    }

    @Test("answers on one screen, without a warehouse, a key or a setting")
    func screen() async throws {
        try await withMeasurements { program, _ in
            let ended = try await program.run([
                "size", "bench.json", "--tenants", "40", "--rows-per-day", "20000", "--days", "2", "--window", "1m", "--current-cost",
                "8000",
            ])
            #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(ended.errors)")
            let lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 41 && lines.allSatisfy { $0.count <= 100 })
            #expect(lines[0] == "a night: 40 tenants × 2 days × 20,000 rows, 1,600,000 in all, within 1 min 0 s")
            #expect(ended.output.contains("cheapest: db.") && ended.output.contains("less with it") && ended.output.contains("back-test:"))
        }
    }

    @Test("prints one JSON document, and writes the page where it is asked to")
    func documents() async throws {
        struct Document: Decodable {
            struct Class: Decodable {
                let name: String
                let verdict: String
            }
            let classes: [Class]
        }
        try await withMeasurements { program, directory in
            let ended = try await program.run([
                "size", "bench.json", "--json", "--html", "page.html", "--class", "db.r6g.large", "--class", "db.m7g.xlarge", "--multi-az",
            ])
            #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(ended.errors)")
            let document = try JSONDecoder().decode(Document.self, from: Data(ended.output.utf8))
            #expect(Set(document.classes.map(\.name)) == ["db.r6g.large", "db.m7g.xlarge"])
            #expect(document.classes.allSatisfy { $0.verdict == "PASS" })
            #expect(try text(of: directory + "/page.html").hasPrefix("<!doctype html>"))
        }
    }

    @Test("takes a catalogue that was printed and changed")
    func catalogue() async throws {
        try await withMeasurements { program, directory in
            let printed = try await program.run(["size", "--print-catalogue"])
            #expect(printed.status == .exited(0))
            try write(printed.output.replacing("db.t4g.medium", with: "db.mine"), to: directory + "/mine.json")
            let ended = try await program.run(["size", "bench.json", "--catalogue", "mine.json", "--class", "db.mine"])
            #expect(ended.status == .exited(0) && ended.output.contains("db.mine"), "\(ended.errors)")
        }
    }

    @Test("joins several files of one machine")
    func joined() async throws {
        try await withMeasurements { program, directory in
            var other = KnownLaw.with(seed: 8)
            other.beta = 0.002
            let bytes = try MeasurementFile.bytes(of: other.measure(KnownLaw.configurations, repetitions: 2))
            try write(String(decoding: bytes, as: UTF8.self), to: directory + "/more.json")
            let ended = try await program.run(["size", "bench.json", "more.json"])
            #expect(ended.output.contains("from 45 repetitions of 9 configurations"), "\(ended.errors)")
        }
    }

    @Test(
        "ends with status 2 and says why, for what cannot be read or asked",
        arguments: [
            (["missing.json"], "missing.json cannot be read"), (["cut.json"], "cut.json: is not JSON, or was cut short"),
            (["edited.json"], "edited.json: was changed after it was written"), (["newer.json"], "newer.json: has version 9 of the format"),
            (["bench.json", "--catalogue", "lacking.json"], "class db.r6g.large lacks ebs_mb_per_second"),
            (["bench.json", "--catalogue", "bench.json"], "catalogue"), (["bench.json", "--class", "db.none"], "no class db.none"),
            (["bench.json", "--window", "soon"], "--window"), (["bench.json", "--window", "-1h"], "window"),
            (["bench.json", "--growth", "x"], "--growth"),
            (["bench.json", "--tenants", "0"], "tenants"), (["bench.json", "--rows-per-day", "9223372036854775807"], "rows a day"),
            (["bench.json", "--current-cost", "nan"], "current cost"),
            (["bench.json", "--html", "no/such/page.html"], "cannot be written"),
            (["."], "cannot be read"), (["/dev/zero"], "longer than any measurement file"), ([], "measurement file"),
        ])
    func wrong(arguments: [String], said: String) async throws {
        try await withMeasurements { program, directory in
            let whole = try text(of: directory + "/bench.json")
            try write(String(whole.dropLast(1000)), to: directory + "/cut.json")
            try write(whole.replacing("\"streams\" : 2", with: "\"streams\" : 3"), to: directory + "/edited.json")
            try write(whole.replacing("\"version\" : 1", with: "\"version\" : 9"), to: directory + "/newer.json")
            let catalogue = String(decoding: Catalogue.includedFile, as: UTF8.self).split(separator: "\n").map { line in
                line.contains("db.r6g.large") ? String(line).replacing("\"ebs_mb_per_second\": 79, ", with: "") : String(line)
            }
            try write(catalogue.joined(separator: "\n"), to: directory + "/lacking.json")
            let ended = try await program.run(["size"] + arguments)
            #expect(ended.status == .exited(2), "\(ended.errors)")
            #expect(ended.output.isEmpty && ended.errors.contains(said), "\(ended.errors)")
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        _ = try file.closeAfter { try file.writeAll(text.utf8) }
    }
}
