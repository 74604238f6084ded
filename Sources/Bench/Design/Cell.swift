import Sizing

/// One thing that is measured in every round: a load, under circumstances.
struct Cell: Sendable, Hashable {
    /// What is loaded.
    let load: Load
    /// COPY sessions on the sources, and as many that load.
    let streams: Int
    /// The cores that everything may use; nil for all.
    var cores: Int?
    /// Whether the warehouse's disk is a slow one; the wall then lasts until everything is on it.
    var isDiskSlow = false
    /// What stands at the ends.
    var kind = Repetition.Kind.full

    /// For people, as `half of the days, 2 streams`.
    var label: String {
        let parts = [
            load.label, streams == 1 ? "1 stream" : "\(streams) streams", cores.map { $0 == 1 ? "1 core" : "\($0) cores" },
            isDiskSlow ? "slow disk" : nil,
        ]
        let ends: String? =
            switch kind {
            case .full: nil
            case .nullSource: "null source"
            case .nullSink: "null sink"
            }
        return (parts + [ends]).compactMap { $0 }.joined(separator: ", ")
    }
}
