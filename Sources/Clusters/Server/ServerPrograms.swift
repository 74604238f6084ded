internal import Glibc
internal import SystemPackage

/// The programs of one PostgreSQL installation that run, copy and ask a cluster.
public struct ServerPrograms: Sendable, Hashable {
    /// A program that a cluster needs; the raw value is its file name.
    public enum Program: String, Sendable, CaseIterable {
        /// The server.
        case postgres
        /// Makes a data directory.
        case initdb
        /// Starts, stops and promotes a server.
        case control = "pg_ctl"
        /// Copies a running primary.
        case baseBackup = "pg_basebackup"
        /// Sends statements.
        case psql
    }

    /// The directory that holds all of them, absolute.
    public let directory: String

    /// The absolute path of a program.
    public func path(of program: Program) -> String {
        FilePath(directory).appending(program.rawValue).string
    }

    /// Finds an installation: `directory`, then `DAYHAUL_PG_BIN`, then Debian's `/usr/lib/postgresql/*/bin` (highest version), then
    /// `pg_config --bindir`, then a directory of `PATH`.
    ///
    /// The first two are somebody's wish: when one is given but lacks a program, the search ends there with an error.
    /// - Throws: ``ClusterError`` with code `programsNotFound`; the hint says what to install.
    public static func locate(in directory: String? = nil) async throws -> ServerPrograms {
        try await locate(in: directory) { name in getenv(name).map { String(cString: $0) } }
    }

    static func locate(in directory: String?, environment: (String) -> String?) async throws -> ServerPrograms {
        if let wish = directory ?? environment("DAYHAUL_PG_BIN").flatMap({ $0.isEmpty ? nil : $0 }) {
            let programs = ServerPrograms(directory: Directory.absolute(wish))
            if let missing = programs.missing {
                throw ClusterError(
                    .programsNotFound, "there is no \(missing.rawValue) in \(wish)",
                    hint: "name the directory of the server's programs, such as /usr/lib/postgresql/15/bin, or unset DAYHAUL_PG_BIN")
            }
            return programs
        }
        let search = (environment("PATH") ?? "").split(separator: ":").map(String.init)
        let candidates = debianDirectories() + (await configuredDirectory(search)) + search
        guard let found = candidates.lazy.map({ ServerPrograms(directory: $0) }).first(where: { $0.missing == nil }) else {
            throw ClusterError(
                .programsNotFound, "the postgresql server programs are not installed",
                hint: "apt-get install postgresql-15, or set DAYHAUL_PG_BIN to the directory of initdb and pg_ctl")
        }
        return found
    }

    /// Debian's installations, the highest version first.
    static func debianDirectories(below root: String = "/usr/lib/postgresql") -> [String] {
        Directory.names(in: root).compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
    }

    private static func configuredDirectory(_ search: [String]) async -> [String] {
        guard let program = search.lazy.map({ $0 + "/pg_config" }).first(where: { access($0, X_OK) == 0 }) else { return [] }
        let asked = try? await Command(program: program, arguments: ["--bindir"], deadline: .seconds(5)).run()
        return asked.map { [$0.output.filter { !$0.isNewline }] } ?? []
    }

    private var missing: Program? {
        Program.allCases.first { access(path(of: $0), X_OK) != 0 }
    }
}
