/// Refuses figures that nothing measurable has, before anything is computed with them.
enum PlausibilityCheck {
    /// Beyond every count, byte and second of a measurement, and far from where arithmetic on Double or Int ends: 10^15.
    static let most = 1e15

    static func check(_ measurements: Measurements) throws(SizingError) {
        let provenance = measurements.provenance
        try positive(provenance.cores, "provenance.cores", most: 65_536)
        try amount(Double(provenance.memoryBytes), "provenance.memory_bytes")
        try amount(provenance.fsyncsPerSecond, "provenance.fsyncs_per_second")
        try check(provenance.workload, "provenance.workload")
        for (index, group) in measurements.configurations.enumerated() {
            try check(group.configuration, "configurations[\(index)].configuration")
            for (number, repetition) in group.repetitions.enumerated() {
                try check(repetition, "configurations[\(index)].repetitions[\(number)]")
            }
        }
        guard measurements.configurations.contains(where: { !$0.counted.isEmpty }) else {
            throw SizingError(
                .noRepetitions, "has no repetition from source to warehouse with the source's rows",
                hint: "run dayhaul bench until at least three configurations are measured three times")
        }
    }

    private static func check(_ workload: Workload, _ place: String) throws(SizingError) {
        try positive(workload.tenants, "\(place).tenants", most: 1_000_000)
        try positive(workload.days, "\(place).days", most: 1_000_000)
        try positive(workload.rowsPerDay, "\(place).rows_per_day", most: Int(most))
        try positive(workload.rowBytes, "\(place).row_bytes", most: 1 << 30)
    }

    private static func check(_ configuration: Configuration, _ place: String) throws(SizingError) {
        try check(configuration.workload, "\(place).workload")
        try positive(configuration.streams, "\(place).streams", most: 65_536)
        try positive(configuration.cores, "\(place).cores", most: 65_536)
        if let rate = configuration.diskBytesPerSecond { try positive(rate, "\(place).disk_bytes_per_second", most: Int(most)) }
    }

    private static func check(_ repetition: Repetition, _ place: String) throws(SizingError) {
        try amount(repetition.wallSeconds, "\(place).wall_seconds")
        guard repetition.wallSeconds > 0 else { throw implausible("\(place).wall_seconds") }
        try amount(Double(repetition.storedBytes), "\(place).stored_bytes")
        for (index, stage) in repetition.stages.enumerated() {
            let place = "\(place).stages[\(index)]"
            try amount(stage.wallSeconds, "\(place).wall_seconds")
            for count in [stage.rows, stage.walBytes, stage.fullPageImages] { try amount(Double(count), place) }
            for party in stage.parties {
                try amount(party.cpuSeconds, "\(place): cpu_seconds")
                for bytes in [party.bytesRead, party.bytesWritten, party.bytesReceived, party.bytesSent] {
                    try amount(Double(bytes), "\(place): bytes")
                }
            }
        }
    }

    private static func amount(_ value: Double, _ place: String) throws(SizingError) {
        guard value.isFinite, value >= 0, value <= most else { throw implausible(place) }
    }

    private static func positive(_ value: Int, _ place: String, most: Int) throws(SizingError) {
        guard value > 0, value <= most else { throw implausible(place) }
    }

    private static func implausible(_ place: String) -> SizingError {
        SizingError(.implausible, "\(place) is a figure that cannot have been measured", hint: "measure again; do not edit the file")
    }
}
