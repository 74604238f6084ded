public import PostgresBinary
import Reports

extension Plan {
    /// The same plan for some of its days; slices fall apart where days go.
    public func keeping(_ isWanted: (Part, CalendarDate) -> Bool) -> Plan {
        let parts = parts.compactMap { part in
            let slices = part.slices.flatMap { slice in slice.pieces { isWanted(part, $0) } }
            return slices.isEmpty ? nil : Part(tenant: part.tenant, report: part.report, slices: slices, start: part.start)
        }
        return Plan(parts: parts, unusable: unusable, leftOut: leftOut, identity: identity)
    }
}

extension Plan.Slice {
    /// The slice's days, each as a slice of its own.
    var singleDays: [Plan.Slice] { days.indices.compactMap { piece($0...$0) } }

    /// The longest runs of days that are wanted.
    func pieces(_ isWanted: (CalendarDate) -> Bool) -> [Plan.Slice] {
        let runs = days.indices.filter { isWanted(days[$0].day) }.reduce(into: [ClosedRange<Int>]()) { runs, index in
            if let last = runs.last, last.upperBound + 1 == index {
                runs[runs.count - 1] = last.lowerBound...index
            } else {
                runs.append(index...index)
            }
        }
        return runs.compactMap(piece)
    }

    private func piece(_ range: ClosedRange<Int>) -> Plan.Slice? {
        let days = Array(days[range])
        return DayBounds(days: days.map(\.day), instants: Array(bounds.instants[range.lowerBound...range.upperBound + 1])).map {
            Plan.Slice(days: days, bounds: $0)
        }
    }
}
