import Sizing
import Stages

/// Divides what a repetition took among its stages.
///
/// Measured as they are: the seconds of sessions and passes, the CPU time of sessions' processes, and the client's in passes. Divided:
///
/// - The pass over rows decodes, joins and encodes in one go: by the shares of passes that only decode and only encode the same rows.
/// - The client's other CPU time (sockets, libpq, the runtime): to `extract` and `load` by the bytes that each moves.
/// - WAL: as one stream of the same load has divided it, where the end of WAL was asked for around each stage.
/// - Full-page images: an index is logged as images of its pages, the others are pages of the catalogue.
/// - Data pages written: tables to `load`, indexes to `index`. What the writers' processes take follows the bytes.
struct StageTable: Sendable {
    let counts: [Stage: StageMeter.Count]
    /// Of what was spilled, read back.
    let readBack: StageMeter.Count
    let totals: Totals
    let shares: PassShares
    /// Bytes of WAL of each stage with one stream.
    let walOfOneStream: [Stage: Int]
    let sourceIsEstimated: Bool
    let warehouseIsEstimated: Bool

    private static let warehouseStages: [Stage] = [.load, .index, .analyse, .publish, .view]

    /// A line a stage, in the order of a row's way.
    var figures: [StageFigures] { Stage.allCases.map(figures) }

    private func count(_ stage: Stage) -> StageMeter.Count { counts[stage] ?? StageMeter.Count() }

    private func figures(_ stage: Stage) -> StageFigures {
        var figures = StageFigures(stage, rows: totals.rows, wallSeconds: wallSeconds(stage))
        figures.client = clientSeconds(stage).map { seconds in
            PartyWork(
                cpuSeconds: seconds, bytesRead: stage == .spill ? totals.clientRead : 0,
                bytesWritten: stage == .spill ? totals.clientWritten : 0, bytesReceived: stage == .extract ? totals.extractedBytes : 0,
                bytesSent: stage == .load ? loadedBytes : 0)
        }
        if stage == .extract {
            let used = count(.extract).source
            figures.source = PartyWork(
                cpuSeconds: used.cpuSeconds, cpuIsEstimated: sourceIsEstimated, bytesRead: used.bytesRead, bytesSent: totals.extractedBytes)
        }
        if Self.warehouseStages.contains(stage) {
            let used = count(stage).warehouse
            figures.walBytes = walBytes(stage)
            figures.fullPageImages = fullPageImages(stage)
            figures.warehouse = PartyWork(
                cpuSeconds: used.cpuSeconds + totals.writersSeconds * share(of: stage), cpuIsEstimated: warehouseIsEstimated,
                bytesRead: used.bytesRead, bytesWritten: bytesWritten(stage), bytesReceived: stage == .load ? loadedBytes : 0)
        }
        return figures
    }

    private var loadedBytes: Int { count(.load).bytes }

    private var transformShare: Double { max(0, 1 - shares.decode - shares.encode) }

    /// Passes happen within a session's span: they are taken from it.
    private func wallSeconds(_ stage: Stage) -> Double {
        let (pass, spill) = (count(.transform).passSeconds, count(.spill).passSeconds)
        switch stage {
        case .extract: return max(0, count(.extract).spanSeconds - pass - spill)
        case .decode: return pass * shares.decode
        case .transform: return pass * transformShare
        case .encode: return pass * shares.encode
        case .spill: return spill + readBack.passSeconds
        case .load: return max(0, count(.load).spanSeconds - readBack.passSeconds)
        case .index, .analyse, .publish, .view: return count(stage).spanSeconds
        }
    }

    /// Nil where the client only waits.
    private func clientSeconds(_ stage: Stage) -> Double? {
        let pass = count(.transform).clientSeconds
        switch stage {
        case .extract: return otherClientSeconds * (1 - loadedShare)
        case .decode: return pass * shares.decode
        case .transform: return pass * transformShare
        case .encode: return pass * shares.encode
        case .spill: return count(.spill).clientSeconds + readBack.clientSeconds
        case .load: return count(.load).clientSeconds + otherClientSeconds * loadedShare
        case .index, .analyse, .publish, .view: return nil
        }
    }

    private var otherClientSeconds: Double {
        let passes = [count(.transform), count(.spill), count(.load), readBack].reduce(0) { $0 + $1.clientSeconds }
        return max(0, totals.clientSeconds - passes)
    }

    private var loadedShare: Double {
        let all = totals.extractedBytes + loadedBytes
        return all > 0 ? Double(loadedBytes) / Double(all) : 0
    }

    private func walBytes(_ stage: Stage) -> Int {
        let sum = Self.warehouseStages.reduce(0) { $0 + (walOfOneStream[$1] ?? 0) }
        // What no stage has: the run's log, and pages of the catalogue that others clean up.
        guard sum > 0 else { return stage == .publish ? totals.walBytes : 0 }
        return Int(Double(totals.walBytes) * Double(walOfOneStream[stage] ?? 0) / Double(sum))
    }

    private func fullPageImages(_ stage: Stage) -> Int {
        let ofIndexes = min(totals.fullPageImages, totals.indexBytes / 8192)
        switch stage {
        case .index: return ofIndexes
        case .publish: return totals.fullPageImages - ofIndexes
        default: return 0
        }
    }

    /// Where it is not shown what was written: WAL, and each page that is left once.
    private func bytesWritten(_ stage: Stage) -> Int {
        let own = ownBytes(stage)
        guard let written = totals.warehouseWritten else { return own }
        let sum = Self.warehouseStages.reduce(0) { $0 + ownBytes($1) }
        return sum > 0 ? Int(Double(written) * Double(own) / Double(sum)) : 0
    }

    private func ownBytes(_ stage: Stage) -> Int {
        let pages = stage == .load ? totals.tableBytes : stage == .index ? totals.indexBytes : 0
        return walBytes(stage) + pages
    }

    private func share(of stage: Stage) -> Double {
        let sum = Self.warehouseStages.reduce(0) { $0 + ownBytes($1) }
        return sum > 0 ? Double(ownBytes(stage)) / Double(sum) : 0
    }
}
