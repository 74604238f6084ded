internal import Glibc

extension Cluster {
    /// Makes a cluster with initdb; it is not started.
    ///
    /// - Parameters:
    ///   - directory: does not exist yet or is empty; its parent exists and the servers' account can enter it.
    ///   - port: nil for a free one, which ``start(deadline:)`` exchanges when somebody else has taken it meanwhile.
    ///   - settings: `postgresql.conf` settings, unquoted. `fsync = off` also spares initdb its fsync.
    ///   - encoding: of the databases; other than UTF8 goes with the locale C.
    ///   - programs: nil to locate them.
    ///   - account: nil for ``ServerAccount/current(insteadOfRoot:)``.
    /// - Throws: ``ClusterError``; what was made of the directory is then removed.
    public static func create(
        at directory: String, port: Int? = nil, superuser: String = "postgres", password: String = randomPassword(),
        settings: [String: String] = [:], encoding: String = "UTF8", lifetime: Lifetime = .supervised, programs: ServerPrograms? = nil,
        account: ServerAccount? = nil
    ) async throws -> Cluster {
        let programs = if let programs { programs } else { try await ServerPrograms.locate() }
        let cluster = try Cluster(
            directory: Directory.absolute(directory), port: port ?? freePort(), mayMove: port == nil, superuser: superuser,
            password: password, settings: settings, lifetime: lifetime, programs: programs, account: account ?? .current(), primaryPort: nil
        )
        try await cluster.make(encoding: encoding)
        return cluster
    }

    /// The cluster that an earlier call of ``create(at:port:superuser:password:settings:encoding:lifetime:programs:account:)`` or
    /// ``makeStandby(at:port:settings:lifetime:deadline:)`` made; it may be running.
    ///
    /// - Parameters:
    ///   - port: nil for a free one. A running server's own port counts instead.
    ///   - primaryPort: for a standby, where its primary listens now; nil for a primary.
    /// - Throws: ``ClusterError`` with code `directoryNotOurs` when there is no such cluster.
    public static func open(
        at directory: String, port: Int? = nil, superuser: String = "postgres", password: String, settings: [String: String] = [:],
        lifetime: Lifetime = .supervised, primaryPort: Int? = nil, programs: ServerPrograms? = nil, account: ServerAccount? = nil
    ) async throws -> Cluster {
        let path = Directory.absolute(directory)
        guard isMarked(path), Directory.exists("\(path)/data/PG_VERSION") else {
            throw ClusterError(.directoryNotOurs, "there is no cluster in \(path)")
        }
        let programs = if let programs { programs } else { try await ServerPrograms.locate() }
        let cluster = try Cluster(
            directory: path, port: port ?? freePort(), mayMove: port == nil, superuser: superuser, password: password, settings: settings,
            lifetime: lifetime, programs: programs, account: account ?? .current(), primaryPort: primaryPort)
        cluster.adoptPort()
        return cluster
    }

    /// 128 random bits in hexadecimal, from the system's generator.
    public static func randomPassword() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in
            let digits = String(generator.next() as UInt8, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// Makes the cluster's directory and has `body` fill it; removes it again when that fails.
    func prepareDirectory(_ body: () async throws -> Void) async throws {
        guard Directory.names(in: directory).isEmpty else {
            throw ClusterError(.directoryUnusable, "\(directory) is not empty", hint: "choose another directory, or remove this one")
        }
        try account.checkReach(of: directory)
        if !Directory.exists(directory) { try Directory.make(directory, mode: 0o700) }
        do {
            try account.own(directory)
            try PrivateFile.write("a cluster of dayhaul; its owner removes it\n", to: Self.marker(in: directory), account: account)
            try await body()
        } catch {
            try? Self.purge(directory)
            throw error
        }
    }

    /// Makes this cluster's directory with initdb.
    func make(encoding: String) async throws {
        try await prepareDirectory { try await initialize(encoding: encoding) }
    }

    private func initialize(encoding: String) async throws {
        let passwordFile = "\(directory)/initial-password"
        try PrivateFile.write(password + "\n", to: passwordFile, account: account)
        defer { unlink(passwordFile) }
        let locale = encoding.uppercased() == "UTF8" || encoding.uppercased() == "UTF-8" ? "C.UTF-8" : "C"
        let outcome = try await command(
            .initdb,
            ["--pgdata=\(dataDirectory)", "--username=\(superuser)", "--pwfile=\(passwordFile)", "--auth=scram-sha-256"]
                + ["--encoding=\(encoding)", "--locale=\(locale)", "--no-instructions"] + durability,
            deadline: .seconds(120)
        ).run()
        guard outcome.succeeded else {
            throw ClusterError(.programFailed, "initdb failed: \(ServerMessages(outcome.errors).text)")
        }
        try includeSettings()
    }

    /// Has `postgresql.conf` read the cluster's own settings, which `start` writes. The path is relative to the data directory, so
    /// that a standby's copy of the file reads the standby's settings.
    private func includeSettings() throws {
        let path = "\(dataDirectory)/postgresql.conf"
        guard let text = PrivateFile.read(path) else { throw ClusterError(.directoryUnusable, "cannot read \(path)") }
        try PrivateFile.write(text + "\ninclude = '../cluster.conf'\n", to: path, account: account)
        try writeSettings()
    }

    /// Options that spare a throw-away cluster its fsync.
    var durability: [String] {
        settings["fsync"] == "off" ? ["--no-sync"] : []
    }

    /// Whether the settings file says what this object would write, so that a running server has the right settings.
    var hasCurrentSettings: Bool { PrivateFile.read(settingsFile) == settingsText }

    func writeSettings() throws {
        try PrivateFile.write(settingsText, to: settingsFile, account: account)
    }

    private var settingsText: String {
        var all = ServerSettings(port: port, socketDirectory: socketDirectory, chosen: settings)
        if let primaryPort { all.follow(port: primaryPort, name: Self.standbyName(for: directory), passwordFile: passwordFile) }
        return all.text
    }
}
