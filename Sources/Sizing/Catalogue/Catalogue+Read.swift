public import FoundationEssentials
import PostgresBinary

extension Catalogue {
    /// The catalogue that comes with the program.
    public static func included() throws(SizingError) -> Catalogue { try read(includedFile) }

    /// Its file, to copy and change.
    public static var includedFile: Data { Data(PackageResources.rds_us_east_1_json) }

    /// Reads a catalogue file. Throws with the class and the field for one that is missing or cannot be.
    public static func read(_ bytes: Data) throws(SizingError) -> Catalogue {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let document: CatalogueDocument
        do {
            document = try decoder.decode(CatalogueDocument.self, from: bytes)
        } catch let error as DecodingError {
            throw SizingError(
                .catalogue, "the catalogue is not JSON, or not as it has to be: \(error.place)", hint: "see the article Sizing")
        } catch {
            throw SizingError(.catalogue, "the catalogue cannot be read", hint: "see the article Sizing")
        }
        return try Catalogue(document)
    }

    private init(_ document: CatalogueDocument) throws(SizingError) {
        let whole = Required(part: "top level")
        let day = try whole(document.date, "date")
        guard let date = CalendarDate(day), date.isFinite else { throw whole.error("has a date that is no day") }
        let transfer = Required(part: "transfer")
        let classes = try whole(document.classes, "classes")
        var read: [InstanceClass] = []
        for (index, entry) in classes.enumerated() {
            let next = try InstanceClass(entry, number: index + 1)
            guard !read.contains(where: { $0.name == next.name }) else { throw whole.error("has the class \(next.name) twice") }
            read.append(next)
        }
        guard !read.isEmpty else { throw whole.error("has no class") }
        self.init(
            name: try whole(document.name, "name"), date: date,
            hoursPerMonth: try whole.positive(document.hoursPerMonth, "hours_per_month", most: 744),
            multiAZFactor: try whole.positive(document.multiAzFactor, "multi_az_factor", most: 10),
            assumptions: try Self.checked(try whole(document.assumptions, "assumptions")),
            storage: try StorageRules(try whole(document.storage, "storage")),
            transferGB: try transfer.price(document.transfer?.gbEachWay, "gb_each_way"), notes: document.notes ?? [], classes: read)
    }

    private static func checked(_ assumptions: Assumptions) throws(SizingError) -> Assumptions {
        let part = Required(part: "assumptions")
        _ = try part.positive(assumptions.cpuCeiling, "cpu_ceiling", most: 1)
        _ = try part.positive(assumptions.measuringCoreSpeed, "measuring_core_speed", most: 100)
        _ = try part.positive(assumptions.storageHeadroom, "storage_headroom", most: 100)
        _ = try part.positive(Double(assumptions.reservedConnections), "reserved_connections", most: 5000)
        _ = try part.positive(assumptions.largestStreamsOverMeasured, "largest_streams_over_measured", most: 1000)
        return assumptions
    }
}

extension InstanceClass {
    fileprivate init(_ entry: CatalogueDocument.Class, number: Int) throws(SizingError) {
        let name = try Required(part: "class \(number)")(entry.name, "name")
        let part = Required(part: "class \(name)")
        let vcpus = try part(entry.vcpus, "vcpus")
        guard (1...4096).contains(vcpus) else { throw part.error("has vcpus that cannot be") }
        self.init(
            name: name, vcpus: vcpus, memoryGiB: try part.positive(entry.memoryGib, "memory_gib", most: 1e6),
            hourly: try part.price(entry.hourly, "hourly"),
            ebsMegabytesPerSecond: try part.positive(entry.ebsMbPerSecond, "ebs_mb_per_second"), ebsIOPS: entry.ebsIops,
            networkGigabitsPerSecond: try part.positive(entry.networkGbitPerSecond, "network_gbit_per_second"),
            generationFactor: try part.positive(entry.generationFactor, "generation_factor", most: 100), note: entry.note)
    }
}

extension StorageRules {
    fileprivate init(_ rules: CatalogueDocument.Storage) throws(SizingError) {
        let part = Required(part: "storage")
        self.init(
            gibMonth: try part.price(rules.gibMonth, "gib_month"), leastGiB: try part.positive(rules.leastGib, "least_gib"),
            stripedFromGiB: try part.positive(rules.stripedFromGib, "striped_from_gib"),
            small: try Self.checked(try part(rules.small, "small"), "small"),
            striped: try Self.checked(try part(rules.striped, "striped"), "striped"),
            most: try Self.checked(try part(rules.most, "most"), "most"),
            mibPerSecondMonth: try part.price(rules.mibPerSecondMonth, "mib_per_second_month"))
    }

    private static func checked(_ performance: Performance, _ name: String) throws(SizingError) -> Performance {
        let part = Required(part: "storage.\(name)")
        _ = try part.positive(performance.iops, "iops")
        _ = try part.positive(performance.mibPerSecond, "mib_per_second")
        return performance
    }
}
