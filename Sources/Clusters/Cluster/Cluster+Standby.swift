extension Cluster {
    /// Makes a hot standby of this running primary with pg_basebackup, starts it, and waits until it has replayed what is here now.
    ///
    /// It streams through a role and a slot of its own, both named after its directory.
    /// - Parameters:
    ///   - port: nil for a free one.
    ///   - settings: what differs from the primary's settings.
    ///   - lifetime: nil for the primary's.
    /// - Throws: ``ClusterError``; what was made of the directory is then removed.
    public func makeStandby(
        at directory: String, port: Int? = nil, settings: [String: String] = [:], lifetime: Lifetime? = nil,
        deadline: Duration = .seconds(120)
    ) async throws -> Cluster {
        let path = Directory.absolute(directory)
        let standby = try Cluster(
            directory: path, port: port ?? freePort(), mayMove: port == nil, superuser: superuser, password: password,
            settings: self.settings.merging(settings) { $1 }, lifetime: lifetime ?? self.lifetime, programs: programs, account: account,
            primaryPort: self.port)
        try await makeStandby(standby, deadline: deadline)
        return standby
    }

    /// Makes the directory of `standby` from this running primary, starts it, and waits until it has replayed what is here now.
    func makeStandby(_ standby: Cluster, deadline: Duration) async throws {
        let name = Self.standbyName(for: standby.directory)
        let streamingPassword = Self.randomPassword()
        try await standby.prepareDirectory {
            try await psql(Self.streamingRole, variables: ["name": name, "password": streamingPassword], deadline: deadline)
            try PrivateFile.write("*:*:*:*:\(streamingPassword)\n", to: standby.passwordFile, account: account)
            try await standby.copy(self, as: name, password: streamingPassword, deadline: deadline)
            try await standby.start(deadline: deadline)
            try await standby.waitForReplay(of: self, deadline: deadline)
        }
    }

    /// Whether the data directory is a standby's: not promoted, and not a primary's.
    var isStandby: Bool { Directory.exists("\(dataDirectory)/standby.signal") }

    /// Waits until this standby has replayed everything that `primary` has flushed by now. With `synchronous_commit = off` on the
    /// primary a commit may not be flushed yet. The usual deadline is beyond the 30 seconds for which a query on the standby may hold up
    /// replay (`max_standby_streaming_delay`).
    public func waitForReplay(of primary: Cluster, deadline: Duration = .seconds(90)) async throws {
        let position = try await primary.psql("SELECT pg_current_wal_flush_lsn()", deadline: deadline)
        // Asked again and again from here: a session that waited on the standby would hold a snapshot, and replay could wait for it.
        try await eventually("\(directory) to replay \(position)", within: deadline) {
            do {
                return try await psql(
                    "SELECT coalesce(pg_last_wal_replay_lsn() >= :'position', NOT pg_is_in_recovery())", variables: ["position": position],
                    deadline: deadline) == "t"
            } catch let error as ClusterError where error.isRecoveryConflict {
                return false
            }
        }
    }

    /// The name of a standby's role and slot: `standby_` and the last part of its directory in the letters that a slot may have
    /// (lower case, digits, underscore; 63 bytes).
    static func standbyName(for directory: String) -> String {
        let last = directory.split(separator: "/").last ?? ""
        let letters = last.lowercased().unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal) ? Character(scalar) : "_"
        }
        return "standby_" + String(letters.suffix(55))
    }

    // pg_basebackup's own --write-recovery-conf would put the port and the password into postgresql.auto.conf, which overrides every
    // other file: the standby could not follow its primary to another port.
    private func copy(_ primary: Cluster, as name: String, password: String, deadline: Duration) async throws {
        let outcome = try await command(
            .baseBackup,
            ["--pgdata=\(dataDirectory)", "--wal-method=stream", "--slot=\(name)", "--checkpoint=fast", "--no-password"] + durability
                + ["--host=\(Self.host)", "--port=\(primary.port)", "--username=\(name)"],
            environment: ["PGPASSWORD": password, "PGGSSENCMODE": "disable"], deadline: deadline
        ).run()
        guard outcome.succeeded else {
            throw ClusterError(.programFailed, "pg_basebackup failed: \(ServerMessages(outcome.errors).text)")
        }
        try PrivateFile.write("", to: "\(dataDirectory)/standby.signal", account: account)
    }

    private static let streamingRole = """
        SELECT format('%s ROLE %I LOGIN REPLICATION PASSWORD %L',
                      CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') THEN 'ALTER' ELSE 'CREATE' END, :'name', :'password')
        \\gexec
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'name';
        SELECT pg_create_physical_replication_slot(:'name', true);
        """
}
