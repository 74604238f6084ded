import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import TestKit

/// The person who runs dayhaul: a home directory, and a warehouse owned by a login that has CREATEROLE and is no superuser.
struct Operator: Sendable {
    /// The home directory: key file, password file and spill directory are below it.
    let home: String
    /// The warehouse as the superuser sees it.
    let warehouse: TestDatabase
    /// The login that owns the warehouse.
    let login: String
    /// Its password, which stands in `~/.pgpass` only.
    let password: String
    /// The names of the roles that `init` makes: engine, admin, writer, reader.
    let roles: [String]
    /// What its shell exports.
    var environment: [String: String]
    /// What starts its programs; see ``DayhaulProgram/launcher``.
    var launcher: [String] = []

    var keyFile: String { "\(home)/key" }
    var spillDirectory: String { "\(home)/spill" }
    /// Without a password.
    var conninfo: String { "host=\(Cluster.host) port=\(warehouse.port) dbname=\(warehouse.database) user=\(login)" }

    /// Runs dayhaul to its end.
    @discardableResult
    func dayhaul(
        _ arguments: String..., input: String? = nil, environment changes: [String: String?] = [:],
        while body: @escaping @Sendable (RunningProgram) async throws -> Void = { _ in }
    ) async throws -> EndedProgram {
        try await dayhaul(arguments, input: input, environment: changes, while: body)
    }

    /// Runs dayhaul to its end.
    ///
    /// - Parameter changes: to the environment; nil takes a variable out.
    @discardableResult
    func dayhaul(
        _ arguments: [String], input: String? = nil, environment changes: [String: String?] = [:],
        while body: @escaping @Sendable (RunningProgram) async throws -> Void = { _ in }
    ) async throws -> EndedProgram {
        var environment = environment
        for (name, value) in changes { environment[name] = value }
        return try await DayhaulProgram(environment: environment, directory: home, launcher: launcher).run(
            arguments, input: input, while: body)
    }

    /// Where a file of the repository's `sql` is.
    static func file(_ name: String) -> FilePath {
        FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("sql").appending(name)
    }

    /// Runs a file of the repository's `sql` with psql as the operator does: `psql "$DAYHAUL_WAREHOUSE" -f sql/…`.
    func psql(file name: String) async throws {
        let sql = Self.file(name)
        let result = try await Subprocess.run(
            .path(FilePath(warehouse.cluster.programs.path(of: .psql))),
            arguments: [conninfo, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", sql.string],
            environment: .custom(environment.map { Array("\($0)=\($1)\0".utf8) }), output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else { throw ClusterError(.sqlFailed, result.standardError) }
    }

    /// What the owner of the warehouse reads there, acting as the engine's role.
    func ask(_ statement: String) async throws -> String {
        try await warehouse.psql("SET ROLE \"\(roles[0])\";\n\(statement)", user: login, password: password)
    }

    /// What whadmin does in psql, logged in as itself. For operators whose warehouse is initialised.
    @discardableResult
    func whadmin(_ sql: String, deadline: Duration = .seconds(120)) async throws -> String {
        try await warehouse.psql(sql, user: roles[1], password: password, deadline: deadline)
    }

    /// Writes a file below the home directory and returns its path.
    func write(_ text: String, to name: String, mode: FilePermissions = .ownerReadWrite) throws -> String {
        let path = "\(home)/\(name)"
        let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: [.create, .truncate], permissions: mode)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        return path
    }
}

/// Runs `body` with a new operator, whose warehouse is an empty database; afterwards nothing of it is left.
func withOperator(in cluster: Cluster? = nil, _ body: (Operator) async throws -> Void) async throws {
    let cluster = if let cluster { cluster } else { try await SharedClusters.warehouse() }
    let mark = Cluster.randomPassword().prefix(8)
    let (login, password) = ("boss_\(mark)", Cluster.randomPassword())
    let roles = ["engine", "admin", "writer", "reader"].map { "\($0)_\(mark)" }
    try await cluster.psql(
        #"CREATE ROLE :"login" LOGIN CREATEROLE PASSWORD :'password'"#, variables: ["login": login, "password": password])
    let result: Result<Void, any Error>
    do {
        try await withDatabase(in: cluster) { warehouse in
            try await warehouse.psql(#"ALTER DATABASE :"DBNAME" OWNER TO :"login""#, variables: ["login": login])
            try await withDirectory { home in
                var boss = Operator(home: home, warehouse: warehouse, login: login, password: password, roles: roles, environment: [:])
                boss.environment = [
                    "PATH": "/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8", "DAYHAUL_WAREHOUSE": boss.conninfo,
                    "DAYHAUL_KEY_FILE": boss.keyFile, "DAYHAUL_SPILL_DIRECTORY": boss.spillDirectory, "DAYHAUL_ROLES_ENGINE": roles[0],
                    "DAYHAUL_ROLES_ADMIN": roles[1], "DAYHAUL_ROLES_WRITER": roles[2], "DAYHAUL_ROLES_READER": roles[3],
                ]
                _ = try boss.write("\(Cluster.host):\(warehouse.port):\(warehouse.database):\(login):\(password)\n", to: ".pgpass")
                try await body(boss)
            }
        }
        result = .success(())
    } catch {
        result = .failure(error)
    }
    if cluster.isRunning { try await cluster.psql("DROP ROLE IF EXISTS \((roles + [login]).joined(separator: ", "))") }
    try result.get()
}

/// Runs `body` with an operator whose warehouse is initialised and knows the report `foodlogstats`.
func withInitialisedOperator(in cluster: Cluster? = nil, _ body: (Operator) async throws -> Void) async throws {
    try await withOperator(in: cluster) { boss in
        let initialised = try await boss.dayhaul("init")
        guard initialised.status == .exited(0) else { throw ClusterError(.programFailed, initialised.errors) }
        try await boss.warehouse.psql(
            #"ALTER ROLE :"admin" PASSWORD :'password'"#, variables: ["admin": boss.roles[1], "password": boss.password])
        try await boss.psql(file: "template-foodlogstats.sql")
        try await body(boss)
    }
}

extension Operator {
    /// Folders that runs have, or left, in the spill directory.
    func spillFolders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: spillDirectory).filter { !$0.hasPrefix(".") }.sorted()
    }
}
