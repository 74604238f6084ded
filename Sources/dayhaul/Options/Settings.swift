import Configuration
import FoundationEssentials
import Glibc
import Ingest
import Service
import Postgres
import Spill
import Warehouse

/// What a command works with: options, then DAYHAUL_… variables, then the settings file, then defaults.
struct Settings {
    let options: GlobalOptions
    /// How much may go on at once.
    let limits: Limits
    private let reader: ConfigReader

    /// Reads the settings. Throws `SettingsError` for a file that was named and cannot be read, for names that do not exist, in the file
    /// or as a variable, and for values that do not fit.
    init(_ options: GlobalOptions) async throws {
        self.options = options
        try SettingsFile.checkEnvironment()
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "dayhaul")
        let named = options.config ?? getenv("DAYHAUL_CONFIG").map { String(cString: $0) }
        let inHome = Self.home.map { "\($0)/.config/dayhaul/dayhaul.yaml" }
        let usual = ["dayhaul.yaml", inHome].compactMap(\.self).first { (path: String) in access(path, F_OK) == 0 }
        if let path = named ?? usual {
            let file = EnvironmentVariablesProvider(environmentVariables: try SettingsFile.variables(path))
            reader = ConfigReader(providers: [environment, file.prefixKeys(with: "dayhaul")])
        } else {
            reader = ConfigReader(provider: environment)
        }
        limits = try Self.limits(reader)
        logLevel = try options.logLevel ?? Self.logLevel(reader)
    }

    private static func logLevel(_ reader: ConfigReader) throws -> LogLevel {
        guard let text = reader.string(forKey: "log.level") else { return .info }
        guard let level = LogLevel(rawValue: text) else {
            throw SettingsError(
                message: "log.level is not a level", hint: "there are \(LogLevel.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    /// Nil where the environment names none, as that of some services.
    private static var home: String? { getenv("HOME").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }

    /// A path below the home directory. Throws `SettingsError` where there is none.
    private static func inHome(_ path: String, of what: String, _ option: String, _ variable: String) throws -> String {
        guard let home else {
            throw SettingsError(
                message: "\(what) has no place: HOME is not set", hint: "set HOME, or say where it is with \(option) or \(variable)")
        }
        return "\(home)/\(path)"
    }

    /// At which level to speak.
    let logLevel: LogLevel

    var keyFile: String {
        get throws {
            try options.keyFile ?? reader.string(forKey: "key.file")
                ?? Self.inHome(".config/dayhaul/key", of: "the key file", "--key-file", "DAYHAUL_KEY_FILE")
        }
    }

    func warehouseParameters() throws -> ConnectionParameters {
        guard let conninfo = options.warehouse ?? reader.string(forKey: "warehouse", isSecret: true) else {
            throw SettingsError(
                message: "no warehouse is named",
                hint: "export DAYHAUL_WAREHOUSE='host=127.0.0.1 port=5432 dbname=warehouse user=me', or give it as --warehouse")
        }
        return try ConnectionParameters(conninfo: conninfo)
    }

    func warehouse() throws -> Warehouse {
        var roles = Warehouse.Roles()
        roles.engine = reader.string(forKey: "roles.engine", default: roles.engine)
        roles.admin = reader.string(forKey: "roles.admin", default: roles.admin)
        roles.writer = reader.string(forKey: "roles.writer", default: roles.writer)
        roles.reader = reader.string(forKey: "roles.reader", default: roles.reader)
        roles.writerSchema = reader.string(forKey: "roles.writerSchema", default: roles.writerSchema)
        return Warehouse(try warehouseParameters(), roles: roles)
    }

    func keys() throws -> KeyRing { try KeyRing(contentsOf: try keyFile) }

    private static func positive(_ name: String, _ usual: Int, _ reader: ConfigReader) throws -> Int {
        let key = ConfigKey("\(name)")
        let value = reader.int(forKey: key)
        guard value.map({ $0 > 0 }) ?? (reader.string(forKey: key) == nil) else {
            throw SettingsError(message: "\(name) is not a whole number above 0", hint: "the default is \(usual)")
        }
        return value ?? usual
    }

    private static func limits(_ reader: ConfigReader) throws -> Limits {
        func value(_ name: String, _ usual: Int) throws -> Int { try positive("limits.\(name)", usual, reader) }
        var limits = Limits()
        limits.streamsPerReplica = try value("streamsPerReplica", limits.streamsPerReplica)
        limits.replicas = try value("replicas", limits.replicas)
        limits.loaders = try value("loaders", limits.loaders)
        limits.spillBytes = try value("spillBytes", limits.spillBytes)
        limits.sliceDays = try value("sliceDays", limits.sliceDays)
        limits.attempts = try value("attempts", limits.attempts)
        // PostgreSQL sends none that is larger.
        limits.rowBytes = min(try value("rowBytes", limits.rowBytes), 1 << 30)
        limits.lookupBytes = try value("lookupBytes", limits.lookupBytes)
        if let text = reader.string(forKey: "limits.sliceTime") {
            guard let time = TimeSpan(argument: text), time.seconds < 1e9 else {
                throw SettingsError(message: "limits.sliceTime is not a length of time", hint: "such as 90m or 6h, which is the default")
            }
            limits.sliceTime = .seconds(time.seconds)
        }
        return limits
    }

    func workerSettings() throws -> WorkerSettings {
        func seconds(_ name: String, _ usual: Duration) throws -> Duration {
            .seconds(try Self.positive("worker.\(name)", Int(usual / .seconds(1)), reader))
        }
        var settings = WorkerSettings()
        settings.concurrency = try Self.positive("worker.concurrency", settings.concurrency, reader)
        settings.lease = try seconds("leaseSeconds", settings.lease)
        settings.poll = try seconds("pollSeconds", settings.poll)
        settings.grace = try seconds("graceSeconds", settings.grace)
        return settings
    }

    /// A worker with an engine of its own, whose sessions have its name.
    func worker(_ how: WorkerSettings, observer: @escaping @Sendable (WorkerEvent) -> Void) throws -> Worker {
        try Worker(try warehouse(), how, version: Dayhaul.version, engine: { try engine(into: $0) }, observer: observer)
    }

    func engine(into warehouse: Warehouse? = nil) throws -> Engine {
        Engine(try warehouse ?? self.warehouse(), keys: try keys(), spill: try spillDirectory(), limits: limits, version: Dayhaul.version)
    }

    func spillDirectory() throws -> SpillDirectory {
        let quota = SpillQuota(limit: limits.spillBytes)
        if let chosen = options.spillDirectory ?? reader.string(forKey: "spill.directory") {
            return try SpillDirectory(path: chosen, quota: quota)
        }
        // Only the place that nobody chose is made with all that leads to it.
        let state = try Self.inHome(
            ".local/state/dayhaul", of: "the spill directory", "--spill-directory", "DAYHAUL_SPILL_DIRECTORY")
        try? FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        return try SpillDirectory(path: "\(state)/spill", quota: quota)
    }
}
