import Configuration
import FoundationEssentials
import Glibc
import Ingest
import Postgres
import Spill
import SystemPackage
import Warehouse

/// What a command works with: options, then DAYHAUL_… variables, then the settings file, then defaults.
struct Settings {
    let options: GlobalOptions
    private let reader: ConfigReader

    /// Reads the settings file. Throws `SettingsError` when one was named and cannot be read, and for a file that is not YAML.
    init(_ options: GlobalOptions) async throws {
        self.options = options
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "dayhaul")
        let named = options.config ?? getenv("DAYHAUL_CONFIG").map { String(cString: $0) }
        let usual = ["dayhaul.yaml", "\(Self.home)/.config/dayhaul/dayhaul.yaml"].first { (path: String) in access(path, R_OK) == 0 }
        guard let path = named ?? usual else {
            reader = ConfigReader(provider: environment)
            return
        }
        do {
            let file = try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
            reader = ConfigReader(providers: [environment, file])
        } catch {
            throw SettingsError(
                message: "the settings file \(path) cannot be read", hint: "it must exist and be YAML, such as: warehouse: host=… dbname=…")
        }
    }

    static var home: String { getenv("HOME").map { String(cString: $0) } ?? "/" }

    /// At which level to speak.
    var logLevel: LogLevel {
        options.logLevel ?? reader.string(forKey: "log.level").flatMap { LogLevel(rawValue: $0) } ?? .info
    }

    var keyFile: String { options.keyFile ?? reader.string(forKey: "key.file") ?? "\(Self.home)/.config/dayhaul/key" }

    func warehouseParameters() throws -> ConnectionParameters {
        guard let conninfo = options.warehouse ?? reader.string(forKey: "warehouse", isSecret: true) else {
            throw SettingsError(
                message: "no warehouse is named",
                hint: "set DAYHAUL_WAREHOUSE or give --warehouse, as in --warehouse 'host=127.0.0.1 dbname=warehouse user=me'")
        }
        return try ConnectionParameters(conninfo: conninfo)
    }

    func warehouse() throws -> Warehouse {
        var roles = Warehouse.Roles()
        roles.engine = reader.string(forKey: "roles.engine", default: roles.engine)
        roles.admin = reader.string(forKey: "roles.admin", default: roles.admin)
        roles.writer = reader.string(forKey: "roles.writer", default: roles.writer)
        roles.reader = reader.string(forKey: "roles.reader", default: roles.reader)
        return Warehouse(try warehouseParameters(), roles: roles)
    }

    func keys() throws -> KeyRing { try KeyRing(contentsOf: keyFile) }

    var limits: Limits {
        var limits = Limits()
        limits.streamsPerReplica = reader.int(forKey: "limits.streamsPerReplica", default: limits.streamsPerReplica)
        limits.replicas = reader.int(forKey: "limits.replicas", default: limits.replicas)
        limits.loaders = reader.int(forKey: "limits.loaders", default: limits.loaders)
        limits.spillBytes = reader.int(forKey: "limits.spillBytes", default: limits.spillBytes)
        limits.sliceDays = reader.int(forKey: "limits.sliceDays", default: limits.sliceDays)
        limits.attempts = reader.int(forKey: "limits.attempts", default: limits.attempts)
        return limits
    }

    func engine() throws -> Engine {
        let usual = "\(Self.home)/.local/state/dayhaul/spill"
        let path = options.spillDirectory ?? reader.string(forKey: "spill.directory") ?? usual
        // Only the place that nobody chose is made with all that leads to it.
        if path == usual {
            try? FileManager.default.createDirectory(atPath: "\(Self.home)/.local/state/dayhaul", withIntermediateDirectories: true)
        }
        let limits = limits
        let spill = try SpillDirectory(path: path, quota: SpillQuota(limit: limits.spillBytes))
        return Engine(try warehouse(), keys: try keys(), spill: spill, limits: limits, version: Dayhaul.version)
    }
}
