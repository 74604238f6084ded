import Clusters
import Synchronization

/// The steps that a fleet's opening reported.
final class Steps: Sendable {
    private let noted = Mutex<[DemoFleet.Step]>([])
    var all: [DemoFleet.Step] { noted.withLock { $0 } }
    @Sendable func note(_ step: DemoFleet.Step) { noted.withLock { $0.append(step) } }
}
