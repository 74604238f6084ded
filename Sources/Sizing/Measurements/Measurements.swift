/// What a benchmark run has found: the contents of a measurement file.
public struct Measurements: Sendable, Equatable, Codable {
    /// Where, with what and on which data.
    public var provenance: Provenance
    /// In no order; the same configuration at most once.
    public var configurations: [ConfigurationMeasurements]

    /// What a benchmark run has found.
    public init(_ provenance: Provenance, _ configurations: [ConfigurationMeasurements]) {
        self.provenance = provenance
        self.configurations = configurations
    }

    /// Several files as one: repetitions of the same configuration are put together. Throws where they come from different machines or
    /// warehouses, which one fit cannot describe.
    public static func joined(_ parts: [Measurements]) throws(SizingError) -> Measurements {
        guard var whole = parts.first else {
            throw SizingError(.noRepetitions, "no measurements are given", hint: "name at least one file that dayhaul bench wrote")
        }
        for (index, part) in parts.enumerated().dropFirst() {
            guard !parts[..<index].contains(part) else {
                throw SizingError(
                    .invalidQuestion, "the same measurements are given twice",
                    hint: "name each file once: its repetitions would count double")
            }
            if let difference = whole.provenance.difference(from: part.provenance) {
                throw SizingError(
                    .mixedMachines, "the files differ in \(difference)", hint: "size each file by itself, or measure all on one machine")
            }
            for group in part.configurations {
                if let index = whole.configurations.firstIndex(where: { $0.configuration == group.configuration }) {
                    whole.configurations[index].repetitions += group.repetitions
                } else {
                    whole.configurations.append(group)
                }
            }
            if part.provenance.workload.rows > whole.provenance.workload.rows { whole.provenance.workload = part.provenance.workload }
        }
        return whole
    }
}

extension Provenance {
    /// What keeps two files from being read as one; nil when nothing does.
    fileprivate func difference(from other: Provenance) -> String? {
        if cpuModel != other.cpuModel || cores != other.cores || memoryBytes != other.memoryBytes { return "their machine" }
        if sharesMachine != other.sharesMachine { return "where the servers ran" }
        if postgresVersion != other.postgresVersion { return "PostgreSQL's version" }
        // fsync belongs to a configuration.
        if settings.filter({ $0.name != "fsync" }) != other.settings.filter({ $0.name != "fsync" }) { return "the warehouse's settings" }
        return fileSystem == other.fileSystem ? nil : "their file system"
    }
}
