import PostgresBinary

/// A type of which random values can be had, its edges among them.
protocol Sampled {
    static func sample(using generator: inout SeededGenerator) -> Self
}

/// An edge now and then, otherwise what `common` makes.
private func edges<T>(_ edges: [T], _ generator: inout SeededGenerator, or common: (inout SeededGenerator) -> T) -> T {
    if generator.chance(1, in: 8), let edge = edges.randomElement(using: &generator) { return edge }
    return common(&generator)
}

extension Bool: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Bool { .random(using: &generator) }
}

extension FixedWidthInteger {
    static func sampleInteger(using generator: inout SeededGenerator) -> Self {
        edges([.min, .max, 0, 1, 0 &- 1], &generator) { generator in
            let value = Self(truncatingIfNeeded: generator.nextOfAnySize())
            return generator.chance(1, in: 2) ? value : 0 &- value
        }
    }
}

extension Int16: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Int16 { sampleInteger(using: &generator) }
}

extension Int32: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Int32 { sampleInteger(using: &generator) }
}

extension Int64: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Int64 { sampleInteger(using: &generator) }
}

extension UInt32: Sampled {
    static func sample(using generator: inout SeededGenerator) -> UInt32 { sampleInteger(using: &generator) }
}

extension Float: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Float {
        edges([0, -0.0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-4, 9.9e-5, 1e6], &generator) {
            generator in
            if generator.chance(1, in: 2) { return Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
            return Float(generator.nextOfAnySize() >> 30) / Float([1, 10, 1000, 1024].randomElement(using: &generator) ?? 1)
        }
    }
}

extension Double: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Double {
        edges(
            [0, -0.0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-4, 9.9e-5, 1e15, 1e23], &generator
        ) {
            generator in
            if generator.chance(1, in: 2) { return Double(bitPattern: generator.next()) }
            return Double(generator.nextOfAnySize()) / Double([1, 10, 1000, 1024].randomElement(using: &generator) ?? 1)
        }
    }
}

extension Numeric: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Numeric {
        edges([.nan, .infinity, .negativeInfinity, .zero, -1, 9999, 10000, 9_999_999_999_999_999], &generator) { generator in
            let longest = generator.chance(1, in: 8) ? 60 : 14
            var text = generator.chance(1, in: 2) ? "-" : ""
            func digits(_ count: Int) -> String {
                let alphabet = generator.chance(1, in: 3) ? ["0", "9"] : "0123456789".map(String.init)
                return (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "0" }.joined()
            }
            text += "0" + digits(Int.random(in: 0...longest, using: &generator))
            if generator.chance(2, in: 3) { text += "." + digits(Int.random(in: 0...longest, using: &generator)) }
            return Numeric(text) ?? .zero
        }
    }
}

extension String: Sampled {
    static func sample(using generator: inout SeededGenerator) -> String {
        edges(["", "NULL", "null", "{}", "\"", "\\", " ", "a,b", "\u{7F}", "\u{80}", "\u{FFFF}", "\u{10FFFF}"], &generator) { generator in
            let alphabet: [Character] = ["a", "Z", "0", " ", ",", "\"", "\\", "{", "\n", "é", "語", "😀", "\u{301}"]
            let plain = generator.chance(1, in: 2)
            return String(
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in plain ? "x" : alphabet.randomElement(using: &generator) ?? "x" })
        }
    }
}

extension Bytea: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Bytea {
        Bytea(generator.bytes(Int.random(in: 0...20, using: &generator)))
    }
}

extension JSON: Sampled {
    static func sample(using generator: inout SeededGenerator) -> JSON {
        JSON("{ \"a\" : [\(Int32.sample(using: &generator)), null, \"é\"]}")
    }
}

extension JSONB: Sampled {
    static func sample(using generator: inout SeededGenerator) -> JSONB {
        JSONB("{\"a\": [\(Int32.sample(using: &generator)), null, \"é\"]}")
    }
}

extension CalendarDate: Sampled {
    static func sample(using generator: inout SeededGenerator) -> CalendarDate {
        edges([.infinity, .negativeInfinity, .first, .last], &generator) { generator in
            CalendarDate(daysSince2000: Int(Int32.sample(using: &generator))) ?? .first
        }
    }
}

extension TimeOfDay: Sampled {
    static func sample(using generator: inout SeededGenerator) -> TimeOfDay {
        let unit: Int64 = [1, 1000, 1_000_000].randomElement(using: &generator) ?? 1
        let time = TimeOfDay(microseconds: Int64.random(in: 0...86_400_000_000 / unit, using: &generator) * unit)
        return time ?? sample(using: &generator)
    }
}

extension TimeOfDayTZ: Sampled {
    static func sample(using generator: inout SeededGenerator) -> TimeOfDayTZ {
        let unit: Int32 = [1, 60, 3600].randomElement(using: &generator) ?? 1
        let west = Int32.random(in: -57_599 / unit...57_599 / unit, using: &generator) * unit
        return TimeOfDayTZ(time: .sample(using: &generator), secondsWest: west) ?? sample(using: &generator)
    }
}

extension Timestamp: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Timestamp {
        let ends = [-211_813_488_000_000_000, 9_223_371_331_199_999_999, -1, 0].compactMap { Timestamp(microsecondsSince2000: $0) }
        return edges(ends + [.infinity, .negativeInfinity], &generator) { generator in
            Timestamp(microsecondsSince2000: Int64.sample(using: &generator)) ?? .infinity
        }
    }
}

extension TimestampTZ: Sampled {
    static func sample(using generator: inout SeededGenerator) -> TimestampTZ { TimestampTZ(utc: .sample(using: &generator)) }
}

extension Interval: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Interval {
        Interval(
            months: generator.chance(1, in: 3) ? 0 : .sample(using: &generator),
            days: generator.chance(1, in: 3) ? 0 : .sample(using: &generator),
            microseconds: generator.chance(1, in: 3) ? 0 : .sample(using: &generator))
    }
}

extension NetworkAddress {
    static func sample(using generator: inout SeededGenerator) -> NetworkAddress {
        let prefix = UInt8.random(in: 0...128, using: &generator)
        if generator.chance(1, in: 2),
            let v4 = NetworkAddress(family: .v4, prefixLength: min(prefix, 32), address: UInt128(generator.next() >> 32))
        {
            return v4
        }
        // Words of zero are what the notation of IPv6 is about.
        let address = (0..<8).reduce(UInt128(0)) { address, _ in
            address << 16
                | (generator.chance(1, in: 2)
                    ? 0 : UInt128([1, 0xFFFF, generator.nextOfAnySize() & 0xFFFF].randomElement(using: &generator) ?? 0))
        }
        return NetworkAddress(family: .v6, prefixLength: prefix, address: address) ?? sample(using: &generator)
    }
}

extension Inet: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Inet { Inet(.sample(using: &generator)) }
}

extension Cidr: Sampled {
    static func sample(using generator: inout SeededGenerator) -> Cidr {
        let network = NetworkAddress.sample(using: &generator)
        let hostBits = UInt128(network.family.bits - network.prefixLength)
        let masked = hostBits >= 128 ? 0 : (network.address >> hostBits) << hostBits
        let address = NetworkAddress(family: network.family, prefixLength: network.prefixLength, address: masked)
        return address.flatMap(Cidr.init) ?? sample(using: &generator)
    }
}

extension MacAddr: Sampled {
    static func sample(using generator: inout SeededGenerator) -> MacAddr { MacAddr(generator.next() >> 16) ?? sample(using: &generator) }
}

extension MacAddr8: Sampled {
    static func sample(using generator: inout SeededGenerator) -> MacAddr8 { MacAddr8(generator.nextOfAnySize()) }
}

extension PostgresUUID: Sampled {
    static func sample(using generator: inout SeededGenerator) -> PostgresUUID {
        PostgresUUID(UInt128(generator.next()) << 64 | UInt128(generator.next()))
    }
}
