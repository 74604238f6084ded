extension FoodLogStats {
    /// At which stations an item is served at a location, each station once. A menu row without a station counts as a station of its own,
    /// as SELECT DISTINCT has it.
    struct Menu {
        private struct Place: Hashable {
            let item: Int32
            let location: Int32
        }

        fileprivate struct Entry {
            let station: Int32?
            /// The place's next entry in `entries`; -1 at its last.
            var next: Int32
        }

        /// Where each place's list of entries begins.
        private var heads: [Place: Int32] = [:]
        private var entries: [Entry] = []

        /// Adds a menu row unless it repeats one. A row without item or location joins with nothing.
        mutating func insert(_ row: MenuItem) {
            guard let item = row.inventoryItemID, let location = row.locationID else { return }
            let place = Place(item: item, location: location)
            guard let head = heads[place] else {
                heads[place] = append(row.stationID)
                return
            }
            var index = Int(head)
            while entries[index].station != row.stationID {
                guard entries[index].next >= 0 else {
                    entries[index].next = append(row.stationID)
                    return
                }
                index = Int(entries[index].next)
            }
        }

        private mutating func append(_ station: Int32?) -> Int32 {
            entries.append(Entry(station: station, next: -1))
            return Int32(truncatingIfNeeded: entries.count - 1)
        }

        /// The stations of an item at a location; none where it is on no menu.
        func places(item: Int32?, location: Int32?) -> Stations {
            guard let item, let location, let head = heads[Place(item: item, location: location)] else {
                return Stations(entries: entries, index: -1)
            }
            return Stations(entries: entries, index: Int(head))
        }

        struct Stations: IteratorProtocol {
            private let entries: [Entry]
            private var index: Int

            fileprivate init(entries: [Entry], index: Int) {
                self.entries = entries
                self.index = index
            }

            var isAtEnd: Bool { index < 0 }

            mutating func next() -> Int32?? {
                guard index >= 0 else { return nil }
                defer { index = Int(entries[index].next) }
                return .some(entries[index].station)
            }
        }
    }
}
