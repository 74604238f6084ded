import Benchmark
import Foundation
import PostgresBinary
import Reports
import Spill

/// A spill file that is there to be read.
struct WrittenDay: Sendable {
    let spill: SpillBench
    let file: SpillFile
}

/// What failed to be set up.
struct SetUpFailure: Error {}

// Each iteration works on a day of 50,000 rows: rows a second are 50,000 times the iterations a second.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuUser, .throughput, .instructions], warmupIterations: 2, maxDuration: .seconds(5), maxIterations: 200)

    guard let facts = try? sample().facts, let day = try? encodedDay() else { return }

    Benchmark("decode 50,000 narrow rows") { (benchmark: Benchmark, sample: Sample) in
        for _ in benchmark.scaledIterations {
            var reader = CopyBinaryReader(fieldCount: 10)
            try reader.feed(sample.facts.span.bytes) { row in
                for _ in 0..<6 { blackHole(try row.next(Int32.self)) }
                blackHole(try row.nextField()?.byteCount)
                blackHole(try row.next(Numeric.self))
                blackHole(try row.next(TimestampTZ.self))
                blackHole(try row.nextField()?.byteCount)
            }
        }
    } setup: {
        try sample()
    }

    Benchmark("decode, join, digest, encode 50,000 rows") { (benchmark: Benchmark, joiner: Joiner) in
        for _ in benchmark.scaledIterations { try joiner.join(facts) }
    } setup: {
        try Joiner(sample())
    }

    Benchmark("encode 50,000 rows of 20 fields") { benchmark in
        let (quantity, instant) = (Numeric("12.345"), Timestamp(microsecondsSince2000: 1).map { TimestampTZ(utc: $0) })
        for _ in benchmark.scaledIterations {
            var writer = CopyBinaryWriter(capacity: 1 << 16)
            for id in 0..<Int32(Sample.rows) {
                writer.beginRow(fieldCount: 20)
                for _ in 0..<10 { writer.write("sixteen bytes ab") }
                for _ in 0..<6 { writer.write(quantity) }
                writer.write(id)
                writer.write(id)
                writer.write(instant)
                writer.writeNull()
                if writer.count >= 1 << 16 { writer.removeAll() }
            }
            blackHole(writer.count)
        }
    }

    Benchmark("COPY framing of 50,000 rows, 64 KiB at a time") { (benchmark: Benchmark, stream: [UInt8]) in
        for _ in benchmark.scaledIterations {
            var reader = CopyBinaryReader(fieldCount: 20)
            try inBlocks(stream) { try reader.feed($0) { row in blackHole(row.rowBytes.byteCount) } }
        }
    } setup: {
        try encodedDay()
    }

    Benchmark("COPY framing and digest of 50,000 rows") { (benchmark: Benchmark, stream: [UInt8]) in
        for _ in benchmark.scaledIterations {
            var reader = CopyBinaryReader(fieldCount: 20)
            var digest = RowDigest()
            try inBlocks(stream) { try reader.feed($0) { row in digest.add(row.rowBytes) } }
            blackHole(digest)
        }
    } setup: {
        try encodedDay()
    }

    Benchmark("spill write of 50,000 rows") { (benchmark: Benchmark, spill: SpillBench) in
        for _ in benchmark.scaledIterations { blackHole(try await spill.write(day)) }
    } setup: {
        try SpillBench()
    }

    Benchmark("spill read of 50,000 rows") { (benchmark: Benchmark, state: WrittenDay) in
        for _ in benchmark.scaledIterations { try state.spill.read(state.file) }
    } setup: {
        let spill = try SpillBench()
        return WrittenDay(spill: spill, file: try await spill.write(day))
    }
}

private func sample() throws -> Sample {
    guard let sample = Sample() else { throw SetUpFailure() }
    return sample
}

/// The warehouse's rows of the sample, as a COPY BINARY stream.
private func encodedDay() throws -> [UInt8] {
    let sample = try sample()
    let joiner = try Joiner(sample)
    try joiner.join(sample.facts, keeps: true)
    return joiner.stream()
}

func inBlocks(_ bytes: [UInt8], _ body: (RawSpan) throws -> Void) rethrows {
    var offset = 0
    while offset < bytes.count {
        let end = min(offset + (1 << 16), bytes.count)
        try body(bytes.span.bytes.extracting(offset..<end))
        offset = end
    }
}
