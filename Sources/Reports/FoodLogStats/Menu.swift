extension FoodLogStats {
    /// At which stations an item is served at a location, each station once. A menu row without a station counts as a station of its own,
    /// as SELECT DISTINCT has it.
    ///
    /// A list of entries for each place; an entry's number leads to its station and to the entry behind it. Numbers below 0 are no entry.
    struct Menu {
        private struct Entry: BitwiseCopyable {
            let station: Int32?
            var next: Int32
        }

        private var places = PlaceTable()
        private var entries: [Entry] = []

        /// Each is looked for among those before it: with more of them, a source could make that take for ever.
        private static let mostStations = 4096

        /// Adds a menu row unless it repeats one. A row without item or location joins with nothing. Throws `fanOut`.
        mutating func insert(_ row: MenuItem) throws(ReportError) {
            guard let item = row.inventoryItemID, let location = row.locationID else { return }
            let added = Int32(truncatingIfNeeded: entries.count)
            var index = places.insert(added, item: item, location: location)
            if index == added { return entries.append(Entry(station: row.stationID, next: -1)) }
            var stations = 1
            while entries[Int(index)].station != row.stationID {
                stations += 1
                guard stations <= Self.mostStations else {
                    throw ReportError(
                        .fanOut, "item \(item) stands at more than \(Self.mostStations) stations of location \(location)",
                        hint: "look at phood_menuitem at the source: a food log of this item would become as many rows")
                }
                let next = entries[Int(index)].next
                guard next >= 0 else {
                    entries[Int(index)].next = added
                    return entries.append(Entry(station: row.stationID, next: -1))
                }
                index = next
            }
        }

        /// The first entry of an item at a location; none where it is on no menu.
        func first(item: Int32?, location: Int32?) -> Int32 {
            guard let item, let location else { return -1 }
            return places.first(item: item, location: location)
        }

        /// The next entry of the same place.
        func next(after entry: Int32) -> Int32 { entry < 0 ? -1 : entries[Int(entry)].next }

        /// An entry's station; nil when it has none, and for no entry.
        func station(of entry: Int32) -> Int32? { entry < 0 ? nil : entries[Int(entry)].station }
    }

    /// Where each place's list of entries begins: a hash table with open addressing, at most half full, of twelve bytes a slot. It is asked
    /// once a food log, which is why it is no Dictionary: that takes five times as long.
    private struct PlaceTable {
        private struct Slot: BitwiseCopyable {
            let item: Int32
            let location: Int32
            /// Below 0 in a slot that is free.
            let first: Int32
        }

        private static let free = Slot(item: 0, location: 0, first: -1)
        private var slots = [Slot](repeating: free, count: 64)
        private var count = 0
        /// Ids come from a source that might choose them to collide: the multiplier is not known there.
        private let multiplier = UInt64.random(in: 0 ... .max) | 1

        /// The place's first entry, which is `entry` where the place was not there.
        mutating func insert(_ entry: Int32, item: Int32, location: Int32) -> Int32 {
            if count * 2 >= slots.count { grow() }
            let index = slot(item, location)
            if slots[index].first >= 0 { return slots[index].first }
            slots[index] = Slot(item: item, location: location, first: entry)
            count += 1
            return entry
        }

        /// The place's first entry; below 0 when there is none.
        func first(item: Int32, location: Int32) -> Int32 { slots[slot(item, location)].first }

        /// Where a place is, or would be. Multiplicative hashing: the product's upper bits (Knuth, "Sorting and Searching", 6.4). Eight items
        /// that follow each other stand together, as they are asked for.
        private func slot(_ item: Int32, _ location: Int32) -> Int {
            let key = UInt64(UInt32(bitPattern: item >> 3)) << 32 | UInt64(UInt32(bitPattern: location))
            var index = Int(truncatingIfNeeded: (key &* multiplier) &>> UInt64(slots.count.leadingZeroBitCount &+ 1))
            index = (index &+ Int(item & 7)) & (slots.count &- 1)
            while true {
                let slot = slots[index]
                if slot.first < 0 || slot.item == item && slot.location == location { return index }
                index = (index &+ 1) & (slots.count &- 1)
            }
        }

        private mutating func grow() {
            let old = slots
            slots = [Slot](repeating: Self.free, count: old.count * 2)
            for entry in old where entry.first >= 0 { slots[slot(entry.item, entry.location)] = entry }
        }
    }
}
