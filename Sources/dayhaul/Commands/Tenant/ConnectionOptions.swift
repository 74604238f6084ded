public import ArgumentParser
public import Postgres
import Warehouse

/// A tenant's connection, each part optional: all are needed to add one, any may be changed.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Host name or address of the read replica.")
    var host: String?

    @Option(help: ArgumentHelp("TCP port; 5432 by default.", valueName: "number"))
    var port: Int?

    @Option(help: ArgumentHelp("Database there.", valueName: "name"))
    var dbname: String?

    @Option(help: ArgumentHelp("Login role there; it needs SELECT on what the reports read, and nothing more.", valueName: "name"))
    var username: String?

    @Option(help: ArgumentHelp("How the connection is protected; verify-full by default.", valueName: "mode"))
    var sslmode: TLS.Mode?

    @Option(help: ArgumentHelp("PEM file of the authorities to trust; the system's by default.", valueName: "file"), completion: .file())
    var caFile: String?

    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help: ArgumentHelp(
            "Let its server ask for the password itself, as IAM tokens need; with sslmode verify-full only. Otherwise only SCRAM-SHA-256 is answered."
        ))
    var allowPasswordAuth: Bool?

    @Option(help: ArgumentHelp("Schema for its tables and views; its name by default.", valueName: "name"))
    var schema: String?

    @Option(help: ArgumentHelp("COPY streams on its replica at once; the limit of the settings by default.", valueName: "number"))
    var maxStreams: Int?

    @Option(
        help: ArgumentHelp(
            "Longest silence of its replica before it counts as stalled; 300 by default. More than its slowest query takes to its first row.",
            valueName: "number"))
    var stallSeconds: Int?

    func validate() throws {
        if let port, !(1...65535).contains(port) { throw ValidationError("--port \(port) is not between 1 and 65535") }
        if let maxStreams, maxStreams < 1 { throw ValidationError("--max-streams must be 1 or more") }
        if let stallSeconds, stallSeconds < 1 { throw ValidationError("--stall-seconds must be 1 or more") }
    }

    /// Whether nothing was given.
    var isEmpty: Bool {
        host == nil && port == nil && dbname == nil && username == nil && sslmode == nil && caFile == nil && schema == nil
            && maxStreams == nil && stallSeconds == nil && allowPasswordAuth == nil
    }

    /// Whether anything was given that decides whether its replica lets the engine in.
    var isAboutLogin: Bool {
        host != nil || port != nil || dbname != nil || username != nil || sslmode != nil || caFile != nil
            || allowPasswordAuth != nil
    }

    /// Throws where the password could go out in clear.
    static func check(_ tenant: Tenant) throws {
        guard tenant.allowsPasswordAuthentication, tenant.tls.mode != .verifyFull else { return }
        throw SettingsError(
            message: "with sslmode \(tenant.tls.mode.rawValue), tenant \(tenant.name) may not be asked for the password itself",
            hint: "--sslmode verify-full, or --no-allow-password-auth")
    }

    /// Puts what was given into a tenant.
    func apply(to tenant: inout Tenant) {
        tenant.host = host ?? tenant.host
        tenant.port = port ?? tenant.port
        tenant.database = dbname ?? tenant.database
        tenant.user = username ?? tenant.user
        tenant.tls.mode = sslmode ?? tenant.tls.mode
        tenant.tls.authorities = caFile ?? tenant.tls.authorities
        tenant.allowsPasswordAuthentication = allowPasswordAuth ?? tenant.allowsPasswordAuthentication
        tenant.schema = schema ?? tenant.schema
        tenant.maximumStreams = maxStreams ?? tenant.maximumStreams
        tenant.stallSeconds = stallSeconds ?? tenant.stallSeconds
    }
}

extension TLS.Mode: ExpressibleByArgument {}
