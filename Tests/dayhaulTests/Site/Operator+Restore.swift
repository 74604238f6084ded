import FoundationEssentials
import Subprocess
import SystemPackage
import TestKit

extension Operator {
    /// `pg_dump --schema=_wh`, as the owner of the warehouse. Returns the file.
    func dumpControlSchema() async throws -> String {
        let file = "\(home)/wh_infrastructure.sql"
        try await program("pg_dump", ["--schema=_wh", "--file", file, "--dbname", conninfo])
        return file
    }

    /// Restores a dump into another, empty database, as people do it: roles first, which no dump of a schema has. The warehouse has the same
    /// owner there.
    func restored(_ dump: String, into database: TestDatabase) async throws -> Operator {
        try await database.psql(
            #"CREATE ROLE :"login" LOGIN CREATEROLE PASSWORD :'password'; ALTER DATABASE :"DBNAME" OWNER TO :"login""#,
            variables: ["login": login, "password": password])
        var other = Operator(home: home, warehouse: database, login: login, password: password, roles: roles, environment: environment)
        other.environment["DAYHAUL_WAREHOUSE"] = other.conninfo
        let passwords = [self, other].map { "\(Cluster.host):\($0.warehouse.port):\($0.warehouse.database):\(login):\(password)\n" }
        _ = try write(passwords.joined(), to: ".pgpass")
        let names = ["engine", "admin", "writer", "reader"]
        let settings = zip(names, roles).map { "SET dayhaul.\($0)_role = '\($1)';\n" }.joined()
        try await database.psql(settings + "\\i " + Self.sql("roles.sql"), user: login, password: password)
        try await other.program("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", other.conninfo, "-f", dump])
        try await database.psql(
            #"ALTER ROLE :"admin" PASSWORD :'password'"#, variables: ["admin": roles[1], "password": password])
        return other
    }

    private func program(_ name: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path(FilePath(warehouse.cluster.programs.directory).appending(name)), arguments: Arguments(arguments),
            environment: .custom(environment.map { Array("\($0)=\($1)\0".utf8) }), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else { throw ClusterError(.sqlFailed, result.standardError) }
    }

    /// The path of a file of the repository's `sql`.
    static func sql(_ name: String) -> String {
        FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("sql").appending(name).string
    }
}
