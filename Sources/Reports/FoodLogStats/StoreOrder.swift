import PostgresBinary

extension FoodLogStats {
    /// The places of stores in the order of their names' bytes, which is that of an index on them where the collation is C.
    struct StoreOrder {
        private var names: [(name: [UInt8], id: Int32)] = []
        private var ranks = DimensionTable<UInt16>("phood_location")

        /// Adds a store by its encoded name. One without a name comes last, as NULL does in an index.
        mutating func insert(_ name: RawSpan, id: Int32) {
            let bytes = name.byteCount > 4 ? name.extracting(4...).withUnsafeBytes { Array($0) } : []
            names.append((bytes, id))
        }

        /// Ranks what was added.
        mutating func settle() throws {
            names.sort { $0.name.lexicographicallyPrecedes($1.name) }
            for (rank, store) in names.enumerated() where !store.name.isEmpty {
                try ranks.insert(UInt16(clamping: rank), id: store.id)
            }
            names = []
        }

        /// The last place for what is no store.
        func rank(of id: Int32?) -> UInt16 { ranks[id] ?? .max }
    }
}
