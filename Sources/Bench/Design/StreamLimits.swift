import Ingest

extension Limits {
    /// So many COPY sessions on `replicas` servers altogether, and as many that load.
    init(streams: Int, replicas: Int) {
        self.init()
        // As many servers at once as share the streams evenly.
        let atOnce = (1...max(1, min(streams, replicas))).last { streams.isMultiple(of: $0) } ?? 1
        self.replicas = atOnce
        streamsPerReplica = streams / atOnce
        loaders = streams
    }
}
