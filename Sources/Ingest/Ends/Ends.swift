/// What stands at the two ends of a run. A benchmark takes one of them away to see what the other takes.
public enum Ends: Sendable {
    /// The tenants' replicas and the warehouse.
    case full
    /// The same, and what the replicas' COPYs send is kept.
    case recording(SourceTape)
    /// The replicas only plan; the rows come from memory.
    case nullSource(SourceTape)
    /// The rows are read back from spill and dropped; the warehouse has the run's log and nothing else of it.
    case nullSink

    var tape: SourceTape? {
        switch self {
        case .full, .nullSink: nil
        case .recording(let tape), .nullSource(let tape): tape
        }
    }

    var isNullSink: Bool { if case .nullSink = self { true } else { false } }
}
