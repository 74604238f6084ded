import Glibc
import Subprocess
import SystemPackage
import TestKit
import Testing

/// PgBouncer before a server, for one login of one database.
struct Pooler: Sendable {
    /// When a client's session is given to others: after each transaction, only when the client has gone, or after each statement.
    enum Mode: String, Sendable { case transaction, session, statement }

    let port: Int
    fileprivate let directory: String
    fileprivate let server: TestDatabase
    fileprivate let login: String
    fileprivate let password: String

    private static let program = "/usr/sbin/pgbouncer"
    /// Debian's package pgbouncer.
    static var isInstalled: Bool { access(program, X_OK) == 0 }

    /// Without the password.
    fileprivate var conninfo: String { "host=\(Cluster.host) port=\(port) dbname=\(server.database) user=\(login)" }

    /// What psql answers to the login through the pooler.
    func psql(_ statement: String) async throws -> String {
        let ended = try await Subprocess.run(
            .path(FilePath(server.cluster.programs.path(of: .psql))), arguments: [conninfo, "-X", "-q", "-A", "-t", "-c", statement],
            environment: .custom([Array("PGPASSWORD=\(password)\0".utf8), Array("PGPASSFILE=/dev/null\0".utf8)]),
            output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
        guard ended.terminationStatus.isSuccess else { throw ClusterError(.sqlFailed, ended.standardError) }
        return String(ended.standardOutput.dropLast())
    }

    /// Kills the pooler, with all sessions through it; another one takes its place at once.
    func crash() async throws {
        let process = try #require(processID)
        kill(process, SIGKILL)
        try await eventually("another pooler", within: .seconds(30)) { processID.map { $0 != process } ?? false }
        try await ready()
    }

    fileprivate func ready() async throws {
        try await eventually("the pooler to answer", within: .seconds(30)) { (try? await psql("SELECT 1")) == "1" }
    }

    private var processID: Int32? { (try? text(of: "\(directory)/pid")).flatMap { Int32($0.filter(\.isNumber)) } }

    fileprivate var command: [String] {
        let account = geteuid() == 0 ? ["-u", server.cluster.account.name] : []
        return [Self.program] + account + ["\(directory)/pgbouncer.ini"]
    }

    fileprivate func configure(_ mode: Mode, sessions: Int) throws {
        try write(
            """
            [databases]
            * = host=\(Cluster.host) port=\(server.port)
            [pgbouncer]
            listen_addr = \(Cluster.host)
            listen_port = \(port)
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = \(directory)/users
            pool_mode = \(mode.rawValue)
            default_pool_size = \(sessions)

            """, to: "pgbouncer.ini")
        try write("\"\(login)\" \"\(password)\"\n", to: "users")
    }

    /// For the pooler's account to read, and for nobody else: it holds a password.
    private func write(_ text: String, to name: String) throws {
        let path = FilePath("\(directory)/\(name)")
        let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        let account = server.cluster.account
        if !account.isCaller { chown(path.string, account.userID, account.groupID) }
    }
}

extension Operator {
    /// The operator, whose programs reach the warehouse through the pooler; psql does not.
    func through(_ pooler: Pooler) throws -> Operator {
        _ = try write("\(Cluster.host):*:\(warehouse.database):\(login):\(password)\n", to: ".pgpass")
        var client = self
        client.environment["DAYHAUL_WAREHOUSE"] = pooler.conninfo
        return client
    }
}

/// Runs `body` with a pooler that has so many sessions on a server, and ends it afterwards.
func withPooler(
    before server: TestDatabase, login: String, password: String, _ mode: Pooler.Mode = .transaction, sessions: Int = 6,
    _ body: @escaping @Sendable (Pooler) async throws -> Void
) async throws {
    try await withDirectory { directory in
        let pooler = Pooler(port: try freePort(), directory: directory, server: server, login: login, password: password)
        try pooler.configure(mode, sessions: sessions)
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ClusterError(.system, "there is no pair of sockets")
        }
        let (line, held) = (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
        let log = try FileDescriptor.open(
            FilePath("\(directory)/log"), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
        defer { for descriptor in [line, log] { try? descriptor.close() } }
        // One subshell starts it again when it was killed; another ends both with the end of its input, which comes with the end of this
        // process too, and of a test that fails, when the shell itself is killed.
        let script = """
            pid=$1; shift; exec 3<&0 </dev/null
            { trap 'kill $server; exit' TERM; while :; do "$@" & server=$!; echo $server >"$pid"; wait $server; done; } 3<&- & loop=$!
            { read -r _; kill $loop; } <&3 &
            exec 3<&-; wait
            """
        _ = try await Subprocess.run(
            .path("/bin/sh"), arguments: Arguments(["-c", script, "sh", "\(directory)/pid"] + pooler.command),
            environment: .custom([Array("PATH=/usr/bin:/bin\0".utf8)]),
            input: .fileDescriptor(line, closeAfterSpawningProcess: false),
            output: .fileDescriptor(log, closeAfterSpawningProcess: false), error: .fileDescriptor(log, closeAfterSpawningProcess: false)
        ) { _ in
            defer { try? held.close() }
            try await pooler.ready()
            try await body(pooler)
        }
    }
}

/// As `withPooler(before:login:password:)`, before an operator's warehouse.
func withPooler(
    _ boss: Operator, _ mode: Pooler.Mode = .transaction, sessions: Int = 6, _ body: @escaping @Sendable (Pooler) async throws -> Void
) async throws {
    try await withPooler(before: boss.warehouse, login: boss.login, password: boss.password, mode, sessions: sessions, body)
}
