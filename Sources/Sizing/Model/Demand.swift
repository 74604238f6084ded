/// What a repetition asks of a resource.
enum Demand: Sendable, CaseIterable, Hashable {
    /// Seconds.
    case clientCPU, sourceCPU, warehouseCPU
    /// Bytes that the warehouse's storage takes, WAL included.
    case storage
    /// Bytes that the sources send.
    case extracted
    /// Bytes that the warehouse receives.
    case loaded
    /// Bytes that stay in tables and indexes.
    case stored

    func amount(_ repetition: Repetition, _ configuration: Configuration) -> Double {
        func sum(_ value: (StageFigures) -> Double) -> Double { repetition.stages.reduce(0) { $0 + value($1) } }
        switch self {
        case .clientCPU: return sum { $0.client?.cpuSeconds ?? 0 }
        case .sourceCPU: return sum { $0.source?.cpuSeconds ?? 0 }
        case .warehouseCPU: return sum { $0.warehouse?.cpuSeconds ?? 0 }
        case .storage:
            // Where the server's processes cannot be seen, what is known to have been written at least.
            let counted = sum { Double($0.warehouse?.bytesWritten ?? 0) }
            return counted > 0 ? counted : sum { Double($0.walBytes) } + Double(repetition.storedBytes)
        case .extracted:
            let counted = sum { Double($0.source?.bytesSent ?? 0) }
            return counted > 0 ? counted : configuration.workload.bytes
        case .loaded:
            let counted = sum { Double($0.warehouse?.bytesReceived ?? 0) }
            return counted > 0 ? counted : configuration.workload.bytes
        case .stored: return repetition.storedBytes > 0 ? Double(repetition.storedBytes) : configuration.workload.bytes
        }
    }
}
