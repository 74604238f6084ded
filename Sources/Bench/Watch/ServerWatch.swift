import Postgres
import Stages

/// A PostgreSQL server whose processes this machine shows.
struct ServerWatch: Sendable {
    private let postmaster: KernelProcess
    /// Checkpointer, WAL writer and background writer: they write what sessions have made.
    private let writers: [KernelProcess]

    /// Nil where the server's processes cannot be seen: it runs on another machine, or in another container. A process of the same number
    /// would be another one, so the session's is made to compute and looked at meanwhile.
    init?(serving connection: Connection) async throws {
        let process = KernelProcess(id: connection.backendPID)
        guard !connection.isPooled, process.title.hasPrefix("postgres"), let before = process.cpuSeconds else { return nil }
        try await connection.query("SELECT count(*) FROM generate_series(1, 200000) n WHERE n % 7 = 0")
        guard let after = process.cpuSeconds, after - before > 0.002, let postmaster = process.parent else { return nil }
        self.postmaster = postmaster
        let titles = ["checkpointer", "walwriter", "background writer"]
        writers = postmaster.children.filter { child in titles.contains { child.title.contains($0) } }
    }

    /// CPU seconds of the processes that write what sessions have made.
    var writersSeconds: Double { writers.reduce(0) { $0 + ($1.cpuSeconds ?? 0) } }

    /// Of all the server's processes, ended ones included; nil where they are not shown to this user.
    var transfer: KernelProcess.Transfer? {
        while true {
            let children = postmaster.children
            guard var sum = postmaster.transfer else { return nil }
            for child in children { sum = sum + (child.transfer ?? KernelProcess.Transfer()) }
            // One that ended meanwhile would be counted twice, or not at all.
            if postmaster.children == children { return sum }
        }
    }

    /// Where the server keeps its data; nil where that is not shown to this user.
    var dataDirectory: String? { postmaster.workingDirectory }
}
