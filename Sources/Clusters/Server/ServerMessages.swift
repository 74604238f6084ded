/// The lines of a program's or a server's output that say what failed, without those that may hold data or statements.
struct ServerMessages {
    private static let marks = ["error:", "ERROR:", "FATAL:", "PANIC:", "HINT:", "could not", "cannot"]
    private static let secrets = ["DETAIL:", "CONTEXT:", "STATEMENT:", "LINE ", "LOCATION:"]

    private let lines: [String]

    /// Keeps the last few telling lines of `output`, or its last lines if none tells.
    init(_ output: String, limit: Int = 8) {
        let open = output.split(separator: "\n").filter { line in !Self.secrets.contains { line.contains($0) } }
        let telling = open.filter { line in Self.marks.contains { line.contains($0) } }
        lines = (telling.isEmpty ? open : telling).suffix(limit).map(String.init)
    }

    /// The lines kept, joined; never empty.
    var text: String {
        lines.isEmpty ? "it printed nothing" : lines.joined(separator: "\n")
    }

    /// The first SQLSTATE that psql printed, as it does with `VERBOSITY` set to `verbose`: `ERROR:  42P01: relation …`.
    var sqlstate: String? {
        lines.lazy.compactMap { line in
            line.firstMatch(of: #/(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5}): /#).map { String($0.1) }
        }.first
    }
}
