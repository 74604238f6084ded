import Sizing

/// Which cells are measured: enough of them that what a row costs is told from what a day costs, and what streams take from each other from
/// both (Jain, The Art of Computer Systems Performance Analysis, 1991, ch. 16: one factor at a time around a usual case).
struct Design: Sendable, Equatable {
    /// In the order in which they are explained; they are run in another one each round.
    let cells: [Cell]

    /// - Parameters:
    ///   - base: the usual load; with every number of streams, with null ends, on fewer cores, and on a slower disk.
    ///   - others: loads that differ from it, with one and with two streams.
    ///   - streams: ascending, such as 1, 2, 4.
    ///   - fewerCores: cores besides all of them, where they can be taken away.
    ///   - slowsDisk: whether the warehouse's disk can be made slower.
    init(base: Load, others: [Load], streams: [Int], fewerCores: [Int], slowsDisk: Bool = false) {
        let usual = streams.dropFirst().first ?? streams.first ?? 1
        var cells = streams.map { Cell(load: base, streams: $0) }
        for load in others {
            // One stream tells what a load costs by itself, several what it costs beside others.
            for count in Set([streams.first ?? 1, usual]).sorted() { cells.append(Cell(load: load, streams: count)) }
        }
        for cores in fewerCores { cells.append(Cell(load: base, streams: usual, cores: cores)) }
        if slowsDisk { cells.append(Cell(load: base, streams: usual, isDiskSlow: true)) }
        cells.append(Cell(load: base, streams: usual, kind: .nullSource))
        cells.append(Cell(load: base, streams: usual, kind: .nullSink))
        self.cells = cells
    }

    /// The loads of all cells, the usual one first.
    var loads: [Load] {
        cells.reduce(into: []) { loads, cell in if !loads.contains(cell.load) { loads.append(cell.load) } }
    }

    /// The cells in an order of their own for each round, so that what changes on the machine over time falls on all of them.
    func shuffled(round: Int) -> [Cell] {
        var generator = SplitMix(state: UInt64(round) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        return cells.shuffled(using: &generator)
    }
}

/// Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014: the same order in every benchmark.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
