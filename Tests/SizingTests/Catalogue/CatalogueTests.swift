import FoundationEssentials
import PostgresBinary
import Sizing
import Testing

@Suite("The instance catalogue")
struct CatalogueTests {
    /// Class, then vCPUs, GiB, dollars an hour, EBS MB/s, IOPS (0: not given) and network Gbit/s: design/sizing.md's table.
    static let table: [(String, [Double])] = [
        ("db.t4g.medium", [2, 4, 0.065, 43, 2000, 0.256]), ("db.t4g.large", [2, 8, 0.129, 87, 4000, 0.512]),
        ("db.t4g.xlarge", [4, 16, 0.258, 87, 4000, 1.024]), ("db.m6g.large", [2, 8, 0.159, 79, 3600, 0.75]),
        ("db.m6g.xlarge", [4, 16, 0.318, 148, 6000, 1.25]), ("db.m6g.2xlarge", [8, 32, 0.636, 297, 12000, 2.5]),
        ("db.m6g.4xlarge", [16, 64, 1.272, 594, 20000, 5]), ("db.m7g.large", [2, 8, 0.168, 79, 0, 0.94]),
        ("db.m7g.xlarge", [4, 16, 0.337, 156, 0, 1.88]), ("db.m7g.2xlarge", [8, 32, 0.674, 312, 0, 3.75]),
        ("db.m7g.4xlarge", [16, 64, 1.348, 625, 0, 7.5]), ("db.r6g.large", [2, 16, 0.225, 79, 3600, 0.75]),
        ("db.r6g.xlarge", [4, 32, 0.45, 148, 6000, 1.25]), ("db.r6g.2xlarge", [8, 64, 0.899, 297, 12000, 2.5]),
        ("db.r6g.4xlarge", [16, 128, 1.798, 594, 20000, 5]), ("db.r7g.large", [2, 16, 0.25, 79, 0, 0.94]),
        ("db.r7g.xlarge", [4, 32, 0.5, 156, 0, 1.88]), ("db.r7g.2xlarge", [8, 64, 1, 312, 0, 3.75]),
        ("db.r7g.4xlarge", [16, 128, 2, 625, 0, 7.5]), ("db.r8g.large", [2, 16, 0.25, 79, 0, 0.94]),
        ("db.r8g.xlarge", [4, 32, 0.5, 156, 0, 1.88]), ("db.r8g.2xlarge", [8, 64, 1, 312, 0, 3.75]),
        ("db.r8g.4xlarge", [16, 128, 2, 625, 0, 7.5]),
    ]

    @Test("that comes with the program is the table of the design")
    func included() throws {
        let catalogue = try Catalogue.included()
        #expect(catalogue.classes.map(\.name) == Self.table.map(\.0))
        for (found, wanted) in zip(catalogue.classes, Self.table) {
            let figures = [
                Double(found.vcpus), found.memoryGiB, found.hourly.dollars, found.ebsMegabytesPerSecond, found.ebsIOPS ?? 0,
                found.networkGigabitsPerSecond,
            ]
            #expect(figures == wanted.1, "\(found.name)")
        }
        #expect(catalogue.storage.gibMonth == Price(0.115, .list))
        let volumes = [catalogue.storage.small, catalogue.storage.striped, catalogue.storage.most]
        #expect(volumes.map(\.iops) == [3000, 12000, 64000] && volumes.map(\.mibPerSecond) == [125, 500, 4000])
        #expect(catalogue.storage.stripedFromGiB == 400)
        #expect(catalogue.transferGB == Price(0.01, .estimate) && catalogue.multiAZFactor == 2 && catalogue.hoursPerMonth == 730)
    }

    @Test("tells how sure a price is, and a core of an r6g is the unit of speed")
    func sources() throws {
        let classes = try Catalogue.included().classes
        #expect(classes.filter { $0.name.contains("r6g") }.allSatisfy { $0.hourly.source == .estimate && $0.generationFactor == 1 })
        #expect(classes.filter { $0.name.contains("r7g") }.allSatisfy { $0.hourly.source == .derived })
    }

    @Test("gives connections and memory by RDS's defaults")
    func defaults() throws {
        let classes = try Catalogue.included().classes(named: ["db.t4g.medium", "db.r6g.4xlarge"])
        #expect(classes.map(\.maxConnections) == [450, 5000])
        #expect(classes.allSatisfy { $0.streamsInMemory >= 20 })
    }

    @Test("tells its age")
    func age() throws {
        let catalogue = try Catalogue.included()
        #expect(catalogue.age(on: catalogue.date + 40) == 40)
    }

    @Test(
        "with a class that lacks a field names both",
        arguments: [
            "vcpus", "memory_gib", "hourly", "ebs_mb_per_second", "network_gbit_per_second", "generation_factor",
        ])
    func missing(field: String) throws {
        let text = String(decoding: Catalogue.includedFile, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.contains("db.m6g.xlarge") ? String(line).replacing("\"\(field)\"", with: "\"other\"") : String(line)
        }
        do throws(SizingError) {
            _ = try Catalogue.read(Data(lines.joined(separator: "\n").utf8))
            Issue.record("read")
        } catch {
            #expect(error.code == .catalogue && error.message == "the catalogue's class db.m6g.xlarge lacks \(field)")
        }
    }

    @Test(
        "with what cannot be is refused",
        arguments: [
            ("\"vcpus\": 2", "\"vcpus\": 0"), ("\"vcpus\": 2", "\"vcpus\": -9223372036854775808"),
            ("\"memory_gib\": 4", "\"memory_gib\": -4"),
            ("\"dollars\": 0.065", "\"dollars\": -1"), ("\"source\": \"list\"", "\"source\": \"guess\""), ("2026-11-25", "2026-13-25"),
            ("2026-11-25", "infinity"), ("\"cpu_ceiling\": 0.8", "\"cpu_ceiling\": 8"), ("db.t4g.large", "db.t4g.medium"),
            ("\"gib_month\"", "\"gib\""), ("\"multi_az_factor\": 2", "\"multi_az_factor\": 0"), ("\"striped\"", "\"stripes\""),
            ("\"gb_each_way\"", "\"gb\""), ("{", "["), ("\"cpu_ceiling\": 0.8,", ""),
        ])
    func impossible(found: String, replacement: String) {
        let text = String(decoding: Catalogue.includedFile, as: UTF8.self).replacing(found, with: replacement)
        #expect(throws: SizingError.self) { try Catalogue.read(Data(text.utf8)) }
    }

    @Test("has no class that it has not")
    func unknown() throws {
        let catalogue = try Catalogue.included()
        #expect(throws: SizingError.self) { try catalogue.classes(named: ["db.x1"]) }
        #expect(try catalogue.classes(named: []).count == catalogue.classes.count)
    }
}
